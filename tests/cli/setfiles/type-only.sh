set_label user_u:user_r:etc_t:s5 tree/etc/passwd
set_label user_u:user_r:other_t:s5 tree/etc/ssh/config
setfiles -r "$T" "$FC" "$T/etc"
label tree/etc/passwd tree/etc/ssh/config
