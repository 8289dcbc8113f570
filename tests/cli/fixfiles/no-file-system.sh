# needs: box
box '
mount -o remount,ro /
fixfiles $P restore
'
