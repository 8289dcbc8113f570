printf '%s(/.*)?\tsystem_u:object_r:v_t:s0\n' "$T" >mine
set_label system_u:object_r:v_t:s0 "$T/etc/passwd"
matchpathcon -V -f mine "$T/etc/passwd"
