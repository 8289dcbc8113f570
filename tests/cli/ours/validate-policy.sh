# needs: policy
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/.* system_u:object_r:etc_t:s0\n/b <<none>>\n' >"$FC"
setfiles --validate "$policy" "$FC"; echo $?
restorecon $P -v -n --validate "$policy" "$T"; echo $?
# a file of that name
cp "$policy" kernel
setfiles --validate ./kernel "$FC"; echo $?
setfiles -c kernel "$FC"; echo $?
head -c 5000 "$policy" >none
for file in ./none none missing . "$FC"; do restorecon $P -n --validate $file "$T"; echo $?; done
printf '/x system_u:object_r:no_t:s0\n/y -- no_u:object_r:etc_t:s0\n' >>"$FC"
echo '/z system_u:object_r:local_no_t:s0' >"$FC.local"
restorecon $P -n "$T"; echo $?
restorecon $P -n --validate "$policy" "$T"; echo $?
relabel restore $P --validate "$policy" "$T"; echo $?
relabel check $P --validate "$policy" "$T"; echo $?
fixfiles $P --validate "$policy" restore "$T"; echo $?
label tree/etc
