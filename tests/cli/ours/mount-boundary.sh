# needs: mount
mkdir tree/var/mnt && mount -t tmpfs none tree/var/mnt
touch tree/var/mnt/file
setfiles -v -r "$T" "$FC" "$T/var" | sort
restorecon -R -n -v $P tree/var | grep -c mnt
restorecon -R -x -n -v $P tree/var | grep -c mnt
umount tree/var/mnt
