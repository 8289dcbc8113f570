printf '/etc(/.*)? nonsense\n' >fc
set_label user_u:object_r:etc_t:s0 tree/etc/passwd
setfiles -v -r "$T" fc "$T/etc/passwd"
label tree/etc/passwd
