setfiles -v -r "$T" "$FC" "$T/etc" >/dev/full
