# needs: other-user
relabel restore -q --rules "$FC" --root "$T" "$T"
set_label system_u:object_r:tmp_t:s0 tree/etc/shadow
chown 65534 tree/home/ann
ln tree/etc/shadow tree/home/ann/mine
relabel check --rules "$FC" --root "$T" "$T/home/ann"; echo $?
