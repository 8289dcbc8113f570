setfiles -n -o file -r "$T" "$FC" "$T/etc/passwd"
