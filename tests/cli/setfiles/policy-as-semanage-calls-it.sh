# needs: policy
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/a system_u:object_r:etc_t:s0\n/b <<none>>\n' >good
setfiles -q -c "$policy" good; echo $?
printf '/a system_u:object_r:etc_t:s0\n/b no_u:no_r:no_t:s0\n/c x\033\n/d -- system_u:object_r:no_t:s0\n' >bad
printf '/e system_u:object_r:local_no_t:s0\n' >bad.local
setfiles -q -c "$policy" bad; echo $?
setfiles -q -c "$policy" --strict-exit bad 2>/dev/null; echo $?
