chmod 700 tree/home/ann
setpriv --reuid 65534 --regid 65534 --clear-groups setfiles -T 1 -r "$T" "$FC" "$T" 2>&1 | sort
label tree/etc/passwd
