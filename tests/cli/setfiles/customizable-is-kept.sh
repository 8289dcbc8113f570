set_label user_u:object_r:custom_t:s0 tree/etc/passwd
setfiles -v -r "$T" "$FC" "$T/etc/passwd"
label tree/etc/passwd
setfiles -v -F -r "$T" "$FC" "$T/etc/passwd"
label tree/etc/passwd
