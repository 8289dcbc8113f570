setpriv --reuid 65534 --regid 65534 --clear-groups setfiles -r "$T" "$FC" "$T/etc" 2>/dev/null; echo $?
setpriv --reuid 65534 --regid 65534 --clear-groups setfiles -C -r "$T" "$FC" "$T/etc" 2>/dev/null; echo $?
