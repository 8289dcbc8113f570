# needs: policy
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/a system_u:object_r:etc_t:s0\n/b <<none>>\n' >good
sefcontext_compile -p $policy good
echo "exit $?"
printf '/a system_u:object_r:etc_t:s0\n/b no_u:no_r:no_t:s0\n/c x\033\n/d system_u:object_r:no_t:s0\n' >bad
sefcontext_compile -p $policy bad
echo "exit $?"
ls -A
