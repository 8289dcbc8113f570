setfiles -D -r "$T" "$FC" "$T"
setfiles -D --json -r "$T" "$FC" "$T/etc" | grep skip
