setfiles -v -r "$T" "$FC" "$T/etc/link"
label tree/etc/link tree/etc/passwd
