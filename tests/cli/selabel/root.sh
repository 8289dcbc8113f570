image
selabel_lookup -b file --root img -k img/etc/motd
selabel_lookup -b file --root img -k /etc/motd; echo $?
selabel_lookup -b file --root img -f "$FC" -k img/etc/ssh
selabel_lookup_best_match --root img -p img/dev/sda img/etc/motd
selabel_lookup_best_match --root img -p img/dev/sda /dev/sdb; echo $?
selabel_partial_match --root img -p img/srv; echo $?
selabel_partial_match --root img -p /srv; echo $?
selabel_digest -b file --root img -v
selabel_digest -b file --root tree -v; echo $?
restorecon -R --root img -D $P img >/dev/null
setfattr -n security.sehash -v 0x1234 img/etc
selabel_get_digests_all_partial_matches --root img img/etc
# no link leads out of it
ln -s "$PWD/policy" img/out
selabel_get_digests_all_partial_matches --root img img/out; echo $?
selabel_get_digests_all_partial_matches --root img policy; echo $?
selabel_get_digests_all_partial_matches -r --root img img/usr | grep -c '^The file_context'
