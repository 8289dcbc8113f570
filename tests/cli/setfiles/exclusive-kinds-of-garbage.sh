set_label garbage tree/etc/passwd
set_label "a:b:c
:d" tree/etc/ssh/config
setfattr -n security.selinux tree/etc/shadow
setfiles -r "$T" "$FC" "$T/etc"
label tree/etc/passwd tree/etc/ssh/config tree/etc/shadow
