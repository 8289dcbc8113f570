# needs: mount
mkdir -p tree/var/mnt tree/var/ro tree/srv/log
touch tree/var/log/x
mount -t tmpfs none tree/var/mnt
mount -t tmpfs none tree/var/ro && mount -o remount,ro tree/var/ro
mount --bind tree/var/log tree/srv/log
plain() { sed 's|([^)]*)|(-)|'; }
restorecon $P --plan -R "$T" | grep "$T" | plain
echo "one mount:"
restorecon $P --plan -R -x -e "$T/var/mnt" "$T" | grep "$T" | plain
echo "both ways to the bound directory:"
restorecon $P --plan -R "$T/srv" | grep "$T" | plain
# nothing was labelled, and each file is met once
getfattr -n security.selinux "$T/var/log/x" 2>&1 | grep -c "No such attribute"
restorecon $P -R -v "$T/var/ro" "$T/srv" "$T/var/log" | grep -c log/x
restorecon $P -R -v "$T" | grep srv/log
umount tree/var/mnt tree/var/ro tree/srv/log
restorecon $P --plan --summary -R "$T" 2>&1 | head -n 1
restorecon $P --plan --print0 -R "$T" 2>&1 | head -n 1
