# several names, one of them where anybody could have made it; a symbolic link itself
printf '%s(/.*)?\tsystem_u:object_r:tree_t:s0\n' "$T" >"$FC"
mkdir -m 1777 tree/tmp
ln tree/etc/passwd tree/tmp/planted
relabel explain $P -n 0 "$T/tmp/planted" "$T/etc/passwd" "$T/etc/link"
echo "--- restorecon agrees"
restorecon $P -n -v "$T/tmp/planted" "$T/etc/passwd"
