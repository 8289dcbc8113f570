# needs: mount
mkdir small
mount -t tmpfs -o size=16k none small
trap 'umount "$PWD/small"' EXIT
mkdir tree/var/log/many
(cd tree/var/log/many && seq 1 2000 | xargs touch)
setfiles -v -r "$T" "$FC" "$T/var" >small/out; echo $?
setfiles --check -r "$T" "$FC" "$T/var"; echo $?
