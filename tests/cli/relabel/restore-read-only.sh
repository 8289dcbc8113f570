# needs: mount
mkdir ro
mount -t tmpfs none ro
trap 'umount "$PWD/ro"' EXIT
mkdir ro/etc
mount -o remount,ro ro
relabel restore --rules "$FC" --root "$PWD/ro" "$PWD/ro/etc"; echo $?
restorecon --strict-exit $P -v "$PWD/ro/etc"; echo $?
restorecon $P -v "$PWD/ro/etc"; echo $?
