setfiles -r "$T" "$FC" "$T/no" "$T/etc/shadow"; echo $?
label tree/etc/shadow
