# needs: mount
# a mount that can only be read, and one that keeps no labels
cat >"$FC" <<-END
	$T(/.*)?	system_u:object_r:tree_t:s0
	/proc(/.*)?	system_u:object_r:proc_t:s0
END
mount -t tmpfs -o size=64k none tree/none
touch tree/none/x
mount -o remount,ro tree/none
relabel explain $P "$T/none/x" /proc/version
umount tree/none
