ln tree/etc/shadow tree/var/log/shadow
setfiles -v -r "$T" "$FC" "$T/etc/shadow" "$T/var/log/shadow"
label tree/etc/shadow
setfiles -v -r "$T" "$FC" "$T" >/dev/null
label tree/etc/shadow
setfiles -v -r "$T" "$FC" "$T"
