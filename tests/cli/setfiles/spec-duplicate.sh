printf '%s\n' '/etc -d system_u:object_r:a_t:s0' '/etc system_u:object_r:b_t:s0' '/x.* system_u:object_r:a_t:s0' '/x.* system_u:object_r:a_t:s0' >fc
setfiles -r "$T" fc "$T/etc"
