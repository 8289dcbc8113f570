restorecon -R -D $P "$T"
restorecon_xattr $P "$T/etc" | sed 's/[0-9a-f]\{40\}/HEX/'
restorecon_xattr $P -r "$T/etc" | sed 's/[0-9a-f]\{40\}/HEX/'
restorecon_xattr $P -n "$T/etc" | sed 's/[0-9a-f]\{40\}/HEX/'
echo "$T/etc/ssh/.* u:object_r:x_t:s0" >>"$FC"
restorecon_xattr $P -r "$T" | sed 's/[0-9a-f]\{40\}/HEX/' | LC_ALL=C sort
