printf '%s/etc(/.*)?\tsystem_u:object_r:v_t:s0\n' "$T" >>"$FC"
ln -s etc tree/way
set_label system_u:object_r:x_t:s0 tree/etc/passwd
set_label system_u:object_r:x_t:s0 tree/etc/link
cd tree/home
matchpathcon -V -f "$FC" ../etc/passwd ../way/passwd ../way/link
