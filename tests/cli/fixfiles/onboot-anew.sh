# needs: box
# what attempts before have come to does not count
box '
printf "attempts 3\ndone /srv\n" >/.relabel-onboot
fixfiles $P onboot
[ ! -e /.relabel-onboot ] || cat /.relabel-onboot
rm /.autorelabel
mkdir /.relabel-onboot
fixfiles $P onboot || echo "exit: $?"
ls -A / | grep auto
'
