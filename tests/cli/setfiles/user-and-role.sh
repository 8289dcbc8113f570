set_label user_u:user_r:etc_t:s5 tree/etc/passwd
setfiles -v -U -r "$T" "$FC" "$T/etc/passwd"
label tree/etc/passwd
