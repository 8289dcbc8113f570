setfiles -v -e "$T/etc" -r "$T" "$FC" "$T/etc/ssh"
