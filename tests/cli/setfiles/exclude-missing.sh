setfiles -n -e /no/such -r "$T" "$FC" "$T/etc/passwd"
