restorecon -R -D $P "$T"
restorecon_xattr $P -D "$T/etc" | sed 's/[0-9a-f]\{40\}/HEX/'
restorecon_xattr $P -n -D -r "$T/home" | sed 's/[0-9a-f]\{40\}/HEX/' | LC_ALL=C sort
getfattr -R -h -d -m '^security.sehash' tree/etc tree/home 2>/dev/null | grep file:
