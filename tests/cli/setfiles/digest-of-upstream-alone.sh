setfiles -r "$T" "$FC" "$T"
setfiles -D -r "$T" "$FC" "$T/etc/ssh"
setfattr -x security.sehash_relabel tree/etc/ssh
set_label u:object_r:x_t:s0 tree/etc/ssh/config
setfiles -D -v -r "$T" "$FC" "$T/etc/ssh"
setfiles -D -v -r "$T" "$FC" "$T/etc/ssh"
