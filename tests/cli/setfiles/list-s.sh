echo "$T/etc/passwd" | setfiles -v -s -r "$T" "$FC"
