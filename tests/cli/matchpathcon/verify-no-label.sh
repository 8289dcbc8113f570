# needs: no-selinux
set_label system_u:object_r:default_t:s0 "$T/etc"
matchpathcon -V -f "$FC" "$T/etc/passwd" "$T/etc"
