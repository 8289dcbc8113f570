# needs: box
# are labelled once, by the name that restorecon would use
mkdir -p tree/srv/a tree/srv/b
touch tree/srv/a/x
box '
echo "/srv/b(/.*)? system_u:object_r:other_t:s0" >>$FC
mount --bind /srv/a /srv/b
fixfiles $P -v restore | grep -v "/etc\|/home\|/var" | sort
label /srv/a/x
'
