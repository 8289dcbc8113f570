# needs: mount
# older rules of the other system, its mounts, and what they hide
other_system
fixfiles --root img restore >/dev/null
cp "$OTHER_FC" img/etc/before
cp "$OTHER_FC" before
echo "/srv/data/x	u:object_r:new_t:s0" >>"$OTHER_FC"
fixfiles --root img -C img/etc/before check
fixfiles --root img -C before check; echo $?
umount img/srv/data
touch img/srv/data/hidden
mount -t tmpfs none img/srv/data
chmod 755 img/srv/data
fixfiles --root img -M -v restore | sort
umount img/srv/data
label img/srv/data/hidden
