# needs: policy
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/.* system_u:object_r:etc_t:s0\n' >good
setfiles -v -c "$policy" -r "$T" good "$T/etc/passwd"; echo $?
printf '/.* system_u:object_r:no_t:s0\n' >bad
setfiles -v -c "$policy" -r "$T" bad "$T/etc/shadow"; echo $?
label tree/etc/shadow
