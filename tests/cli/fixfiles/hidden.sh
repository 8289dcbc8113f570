# needs: box
# what other mounts hide is labelled by its own path, exclusions count, and nothing is left behind
mkdir -p tree/srv/a/below tree/srv/out tree/srv/b
touch tree/srv/a/below/x tree/srv/out/x
box '
mount -t tmpfs none /srv/a
mkdir /srv/a/below
touch /srv/a/below/y
mount -t tmpfs none /srv/a/below
touch /srv/a/below/top
echo /srv/out >/etc/selinux/fixfiles_exclude_dirs
echo "/srv/a/below/x	system_u:object_r:x_t:s0" >>$FC
cat /proc/self/mountinfo >/etc/before
fixfiles $P -v -M restore | grep "/srv\|Relabeling" | sort
cat /proc/self/mountinfo | cmp /etc/before -
ls -A /tmp /run 2>/dev/null
umount /srv/a/below
label /srv/a/below /srv/a/below/y
umount /srv/a
label /srv/a/below/x /srv/out/x
fixfiles $P check
'
