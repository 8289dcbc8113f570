# needs: box
# all of this was made after that; a customized file that is newer, too
box '
set_label u:r:custom_t:s0 /etc/shadow
fixfiles $P -v -B restore | grep "/etc/.*s\(w\|h\)a*d" | sort
fixfiles $P -v -N 2099-01-01 restore | grep shadow
fixfiles $P -F -B onboot && sed "s/@[0-9]*/@TIME/" /.autorelabel
'
