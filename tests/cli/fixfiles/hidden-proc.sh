# needs: box
# below pseudo file systems, too
mkdir -p tree/proc/sys
box '
echo "/proc(/.*)?	system_u:object_r:proc_t:s0" >>$FC
fixfiles $P restore >/dev/null
fixfiles $P -M check
'
