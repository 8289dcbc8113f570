# what does not exist: by kind, or for all kinds that differ
cat >"$FC" <<-END
	/one(/.*)?		system_u:object_r:one_t:s0
	/one/x		-d	system_u:object_r:early_t:s0
	/one/x.?		system_u:object_r:x_t:s0
	/two(/.*)?		system_u:object_r:two_t:s0
	/two/d		-d	system_u:object_r:dir_t:s0
	/two/d		-l	system_u:object_r:link_t:s0
	/three		--	system_u:object_r:file_t:s0
END
relabel explain $P /one/x
relabel explain $P /two/d /three
for kind in f -- d -d directory symlink; do
	echo "--- $kind"
	relabel explain $P --type "$kind" /two/d | sed -n 1,2p
done
echo "--- no spec for that kind"
relabel explain $P -t d /three || echo $?
echo "--- something else is there"
touch "$T/etc/f"
printf '%s system_u:object_r:f_t:s0\n' "$T/etc/f" >"$FC"
relabel explain $P -t d "$T/etc/f"
