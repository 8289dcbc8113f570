# what wins, what loses and why, and what restorecon would do, in each of its ways
cat >"$FC" <<-END
	$T(/.*)?		system_u:object_r:tree_t:s0
	$T/etc(/.*)?	--	system_u:object_r:etc_t:s0
	$T/etc/shadow	-l	system_u:object_r:link_t:s0
	$T/etc/shadow	--	system_u:object_r:shadow_t:s0
	$T/etc/s.*		system_u:object_r:s_t:s0
	$T/none(/.*)?		<<none>>
END
printf '%s\tsystem_u:object_r:local_t:s0\n' "$T/var/log(/.*)?" >"$FC.local"
echo "--- no label; a literal wins"
relabel explain $P "$T/etc/shadow"
echo "--- right already"
set_label system_u:object_r:local_t:s0 tree/var/log/messages
relabel explain $P -n 0 "$T/var/log/messages"
echo "--- the type is right"
set_label me:mine:local_t:s0:c1 tree/var/log/messages
relabel explain $P -n 0 "$T/var/log/messages"
echo "--- another type, so user, role and range stay without -F"
set_label me:mine:other_t:s0:c1 tree/var/log/messages
relabel explain $P -n 0 "$T/var/log/messages"
echo "--- customizable"
set_label me:mine:custom_t:s0:c1 tree/var/log/messages
relabel explain $P -n 0 "$T/var/log/messages"
echo "--- left alone on purpose; no spec"
relabel explain $P "$T/none/below/file" || echo $?
relabel explain $P /etc || echo $?
echo "--- a drop-in, and a .bin alone"
mkdir "$FC.local.d"
printf '%s\tsystem_u:object_r:site_t:s0\n' "$T/etc/shadow" >"$FC.local.d/site.fc"
sefcontext_compile "$FC" && rm "$FC"
relabel explain $P -n 1 "$T/etc/shadow"
