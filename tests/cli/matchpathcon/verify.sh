mkdir "$T/v" && cd "$T/v" && touch ok user role type range
printf '%s(/.*)?\tsystem_u:object_r:v_t:s0\n' "$T/v" >>"$FC"
ln -s ok link
set_label system_u:object_r:v_t:s0 ok
set_label root:object_r:v_t:s0 user
set_label system_u:other_r:v_t:s0 role
set_label system_u:object_r:w_t:s0 type
set_label system_u:object_r:v_t:s0:c1 range
set_label system_u:object_r:v_t:s0 link
set_label system_u:object_r:v_t:s0 .
matchpathcon -V -P "$OLDPWD/policy" ok user role type range link . "$T/v/"
