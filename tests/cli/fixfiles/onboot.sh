# needs: box
box '
fixfiles $P onboot && od -c /.autorelabel
fixfiles $P -F -T 3 -v -f onboot && od -c /.autorelabel
stat -c %a:%U /.autorelabel
'
