printf '%s\0%s' "$T/etc/passwd" "$T/etc/shadow" | setfiles -v -0 -f - -r "$T" "$FC"
