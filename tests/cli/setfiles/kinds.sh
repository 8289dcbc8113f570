# needs: mknod
mkfifo tree/var/log/pipe
mknod tree/var/log/chr c 1 3
mknod tree/var/log/blk b 7 0
ln -s nowhere tree/var/log/dangling
printf '%s\n' '/.* system_u:object_r:d_t:s0' '/var/log/.* -p system_u:object_r:pipe_t:s0' '/var/log/.* -c system_u:object_r:chr_t:s0' '/var/log/.* -b system_u:object_r:blk_t:s0' '/var/log/.* -l system_u:object_r:lnk_t:s0' '/var/log/.* -- system_u:object_r:reg_t:s0' >fc
setfiles -v -r "$T" fc "$T/var/log" | sort
