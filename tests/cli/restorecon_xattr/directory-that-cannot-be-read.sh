# needs: other-user
mkdir tree/closed
chmod 700 tree/closed
as_other restorecon_xattr $P -r $T
