cd tree/etc/ssh && setfiles -v -r "$T" "$FC" .
