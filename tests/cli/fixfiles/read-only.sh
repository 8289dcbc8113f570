# needs: box
mkdir -p tree/srv/ro "tree/srv/r w"
box '
for dir in /srv/ro "/srv/r w"; do
	mount -t tmpfs none "$dir"
	touch "$dir/x"
done
mount -o remount,ro /srv/ro
fixfiles $P -v restore | grep -v "/etc\|/home\|/var" | sort
label /srv/ro/x "/srv/r w/x"
'
