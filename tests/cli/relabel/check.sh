check() { relabel check --rules "$FC" --root "$T" "$@"; echo $?; }
check "$T/etc/ssh" | sort
label tree/etc/ssh/config
relabel restore -q --rules "$FC" --root "$T" "$T"
check "$T"
set_label system_u:object_r:custom_t:s0 tree/etc/passwd
set_label staff_u:object_r:ssh_t:s0 tree/etc/ssh/config
check --policy-root "$PWD/policy" "$T/etc"
check -F "$T/etc" | sort
check -q -F "$T/etc"
