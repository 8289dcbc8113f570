# needs: mount
mkdir tree/etc/m
mount -t tmpfs none tree/etc/m
trap 'umount "$T/etc/m"' EXIT
touch tree/etc/m/f
restorecon -R -v -x $P "$T/etc" | sort
restorecon -R -v $P "$T/etc" | sort
restorecon --plan -R $P "$T/etc" | sed 's/ ([^)]*)//; 1d'
