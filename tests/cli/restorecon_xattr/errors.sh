# needs: no-selinux
unset LBL_POLICY_ROOT
restorecon_xattr; echo $?
restorecon_xattr "$T"; echo $?
restorecon_xattr -z "$T"; echo $?
restorecon_xattr $P "$T/missing"; echo $?
restorecon_xattr $P -f missing "$T"; echo $?
restorecon_xattr $P -e; echo $?
restorecon_xattr --rot x "$T"; echo $?
restorecon_xattr --root; echo $?
restorecon_xattr $P "$T" "$T/etc"; echo $?
