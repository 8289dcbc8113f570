# needs: mount
mkdir tree/p
mount -t proc none tree/p
trap 'umount "$T/p"' EXIT
setfiles -T 1 -r "$T" "$FC" "$T/p/sys/kernel/random" 2>&1 | sed 's/random[^:]*:/random...:/; s/first .*/first .../; s/: [0-9]* not/: N not/'
