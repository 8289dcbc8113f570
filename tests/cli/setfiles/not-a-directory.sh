setfiles -r "$T" "$FC" "$T/etc/passwd/x"
