# needs: no-selinux
mkdir empty
restorecon --policy-root "$PWD/empty" "$T"; echo $?
relabel check --policy-root "$PWD/empty" "$T"; echo $?
setfiles --policy-root "$PWD/empty" -r "$T" "$FC" "$T/etc/passwd"; echo $?
restorecon_xattr --policy-root "$PWD/empty" "$T"; echo $?
