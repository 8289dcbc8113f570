restorecon -R -D $P "$T"
echo "$T/etc/ssh/.* u:object_r:x_t:s0" >>"$FC"
restorecon_xattr $P -d -r "$T" | sed 's/[0-9a-f]\{40\}/HEX/' | LC_ALL=C sort
restorecon_xattr $P -r -n "$T" | wc -l
