# needs: box
# only file systems in which something can differ are named
mkdir -p tree/srv/a tree/srv/b tree/srv/out
touch tree/srv/out/x
box '
mount -t tmpfs none /srv/a
mount -t tmpfs none /srv/b
touch /srv/a/x /srv/b/x
cp $FC /etc/before
echo "/srv/(a|out)/x	system_u:object_r:new_t:s0" >>$FC
echo /srv/out >/etc/selinux/fixfiles_exclude_dirs
fixfiles $P -v -C /etc/before restore | grep -v "^/"
'
