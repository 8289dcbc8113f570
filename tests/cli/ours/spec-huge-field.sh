{ printf '/'; head -c 70000 /dev/zero | tr '\0' a; echo ' system_u:object_r:a_t:s0'; printf '/'; head -c 5000 /dev/zero | tr '\0' b; echo ' system_u:object_r:a_t:s0'; } >fc
setfiles -r "$T" fc "$T/etc" 2>&1 | cut -c1-80
