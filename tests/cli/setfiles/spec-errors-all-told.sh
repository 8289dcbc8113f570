printf '%s\n' '/a' '/b -q system_u:object_r:b_t:s0' '/c -- system_u:object_r:c_t:s0' '/d( system_u:object_r:d_t:s0' '/é system_u:object_r:e_t:s0' >fc
setfiles -r "$T" fc "$T/etc"
label tree/etc
