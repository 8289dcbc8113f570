printf '\n%s\n' "$T/etc/passwd" | setfiles -v -f - -r "$T" "$FC"
