# needs: mount
# nothing outlasts the boot in what the kernel makes up, and there are files root may not open
mkdir tree/var/proc
mount -t proc none tree/var/proc
restorecon $P --plan -R "$T" | grep -c "^skip $T/var/proc "
restorecon $P -R "$T"; echo $?
relabel check $P -q "$T"; echo $?
restorecon $P --plan -m -R "$T" | grep -c "^enter $T/var/proc "
echo "named:"
restorecon $P --plan -R "$T/var/proc" | grep -c "^enter $T/var/proc "
umount tree/var/proc
