setfiles -D -r "$T" "$FC" "$T"
echo "/etc/ssh/config -- system_u:object_r:new_t:s0" >>"$FC"
setfiles -D -v -r "$T" "$FC" "$T" | LC_ALL=C sort
label tree/etc/ssh/config
setfiles -D -v -r "$T" "$FC" "$T"
