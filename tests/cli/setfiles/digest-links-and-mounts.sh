# needs: mount
ln tree/etc/passwd tree/home/ann/passwd
mkdir tree/home/mnt
mount -t tmpfs none tree/home/mnt
trap 'umount "$T/home/mnt"' EXIT
setfiles -D -r "$T" "$FC" "$T"
getfattr -R -h -n security.sehash tree 2>/dev/null | grep file: | LC_ALL=C sort
setfiles -D -r "$T" "$FC" "$T" | LC_ALL=C sort
getfattr -R -h -n security.sehash tree 2>/dev/null | grep file: | LC_ALL=C sort
