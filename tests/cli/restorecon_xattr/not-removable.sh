# needs: chattr
restorecon -R -D $P "$T/etc"
chattr +i tree/etc/ssh
restorecon_xattr $P -D -r "$T/etc" | sed 's/[0-9a-f]\{40\}/HEX/'
chattr -i tree/etc/ssh
