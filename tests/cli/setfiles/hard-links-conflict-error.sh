ln tree/etc/shadow tree/var/log/shadow
setfiles -E -r "$T" "$FC" "$T"
