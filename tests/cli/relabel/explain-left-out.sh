# a store, which restorecon does not enter: the reason is its own, whatever label there is
printf '%s(/.*)?\tsystem_u:object_r:tree_t:s0\n' "$T" >"$FC"
mkdir -p tree/store/.links
echo >tree/store/file
setfattr -n security.selinux -v system_u:object_r:other_t:s0 tree/store/file
relabel explain $P "$T/store/file"
restorecon $P -nv "$T/store/file"
