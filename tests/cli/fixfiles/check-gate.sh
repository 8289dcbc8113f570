# needs: box
# --check: 1 if anything would be changed, and never 0 unseen
box '
fixfiles $P --check check >/dev/null; echo $?
fixfiles $P restore >/dev/null
fixfiles $P --check check; echo $?
set_label u:r:wrong_t:s0 /etc/passwd
fixfiles $P --check verify; echo $?
fixfiles $P --check check /etc/ssh; echo $?
fixfiles $P --check check /missing; echo $?
mount -o remount,ro /
fixfiles $P --check check; echo $?
fixfiles $P --check restore 2>&1 | head -n 1
'
