printf '%s\n%s\n' "$T/etc/passwd" "$T/etc/shadow" >list
setfiles -v -f list -r "$T" "$FC"
