restorecon_xattr $P -r "$T"; echo $?
restorecon_xattr $P "$T/etc/passwd"; echo $?
