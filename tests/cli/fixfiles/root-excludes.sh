# needs: mount
# the other system's directories to exclude, wherever links in it lead
other_system
ln -s /srv/out img/etc/to_out
ln -s "$PWD/tree" img/etc/to_host
printf "/srv/data\\n/etc/to_out\\n/etc/to_host\\n/missing\\n" >img/etc/selinux/fixfiles_exclude_dirs
fixfiles --root img check | grep "skipping\|srv\|Checking" | sort
fixfiles --root img check img/srv/out/x img/etc/to_out/x
rm img/etc/selinux/fixfiles_exclude_dirs
echo /srv >outside
ln -s "$PWD/outside" img/etc/selinux/fixfiles_exclude_dirs
fixfiles --root img check | grep -c skipping || :
rm img/etc/selinux/fixfiles_exclude_dirs
truncate -s 2M img/etc/selinux/fixfiles_exclude_dirs # as of any size
fixfiles --root img check; echo $?
