# needs: box
# without -M that is not seen; a file that is a mount point hides nothing
mkdir -p tree/srv/a
touch tree/srv/a/x tree/srv/file
box '
mount --bind /etc/passwd /srv/file
fixfiles $P restore >/dev/null
mount -t tmpfs none /srv/a
fixfiles $P restore >/dev/null
set_label u:r:wrong_t:s0 /srv/a
umount /srv/a
set_label u:r:wrong_t:s0 /srv/a/x
mount -t tmpfs none /srv/a
set_label system_u:object_r:default_t:s0 /srv/a
fixfiles $P check
fixfiles $P -M check | sort
fixfiles $P -M -F -T 2 onboot && cat /.autorelabel
fixfiles -M check /etc 2>&1 | head -n 1
'
