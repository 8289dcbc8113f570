# needs: box
# the directory is meant, not the name that leads to it
mkdir -p tree/srv/data
touch tree/srv/data/x
ln -s srv/data tree/data
box '
echo /data >/etc/selinux/fixfiles_exclude_dirs
fixfiles $P -v restore | grep data
label /srv/data/x
'
