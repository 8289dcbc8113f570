# needs: autofs
# a mount that restorecon leaves out: the reason is its own
printf '%s(/.*)?\tsystem_u:object_r:tree_t:s0\n' "$T" >"$FC"
mount_autofs "$T/none"
relabel explain $P "$T/none"
restorecon $P -v "$T/none"
umount "$T/none"
