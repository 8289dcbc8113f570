cat >"$FC" <<END
/dev/.*		u:object_r:device_t:s0
/dev/disk/.*	u:object_r:disk_t:s0
/dev/sda	-b	u:object_r:sda_t:s0
/dev/sda	-c	u:object_r:char_t:s0
/dev/none	<<none>>
END
best() { selabel_lookup_best_match -f "$FC" "$@"; }
best -p /dev/sda -m b
best -p /dev/sda -m char
best -p /dev/dm-0 -m b /dev/disk/by-id/x /dev/sda
best -p /dev/dm-0 -m b /dev/disk/by-id/x
best -p /dev/dm-0 -m p /dev/sda
best -p /dev/none -r /dev/x
best -p /dev/dm-0 -m '?' ''
best -p /x /y
echo "exit: $?"
best -p ''
echo "exit: $?"
best -f "$FC"
