# needs: policy
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/a system_u:object_r:etc_t:s0\n' >good
: >empty
head -c 64 /dev/zero >zeros
head -c 5000 "$policy" >cut
{ head -c 3000 "$policy"; head -c 4000 /dev/zero | tr '\000' '\377'; } >spoiled
mkfifo pipe
for p in empty zeros cut spoiled pipe . missing /dev/null "$FC"; do setfiles -q -c "$p" good; echo $?; done
