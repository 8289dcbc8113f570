mkdir tree/etc2
setfiles -v -e "$T/etc" -r "$T" "$FC" "$T/etc2"
