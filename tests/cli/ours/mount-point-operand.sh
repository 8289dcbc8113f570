# needs: mount
mkdir tree/var/mnt && mount -t tmpfs none tree/var/mnt
touch tree/etc/bound && mount --bind tree/etc/passwd tree/etc/bound
restorecon -x -v $P tree/var/mnt
setfiles -v -r "$T" "$FC" "$T/etc/bound"
umount tree/var/mnt tree/etc/bound
