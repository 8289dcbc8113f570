mkdir -m 1777 tree/var/shared
ln tree/etc/shadow tree/var/shared/mine
setfiles -r "$T" "$FC" "$T/etc"
setfiles -v -r "$T" "$FC" "$T/var/shared" | grep mine
label tree/etc/shadow
