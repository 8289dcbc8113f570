# needs: mount
mkdir mnt
mount -t tmpfs none mnt
trap 'umount "$PWD/mnt"' EXIT
mkdir mnt/etc
setfiles -D -r "$PWD/mnt" "$FC" "$PWD/mnt"
getfattr -R -h -m security.sehash mnt
