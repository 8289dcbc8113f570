cat >"$FC" <<-END
	/two(/.*)?		system_u:object_r:two_t:s0
	/two/d		-d	system_u:object_r:dir_t:s0
	$T/etc(/.*)?		system_u:object_r:etc_t:s0
	$T/none(/.*)?		<<none>>
END
printf '/l /two\n' >"$FC.subs"
set_label me:mine:other_t:s0 tree/etc/passwd
relabel explain $P --json /l/d "$T/etc/passwd" "$T/none" /nowhere
echo $?
