chmod 600 "$FC"
setpriv --reuid 65534 --regid 65534 --clear-groups setfiles -r "$T" "$FC" "$T/etc"
