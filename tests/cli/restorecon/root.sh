# needs: no-selinux
image
restorecon -R --root img img; echo $?
label "$I/etc/motd" "$I/etc/kept" "$I/var/lib/www/index"
restorecon -RFv --root img img; echo $?
set_label u:r:x_t "$I/etc/motd"; set_label u:r:x_t "$I/var"
restorecon -Rv --root img -e "$I/etc" img; echo $?
restorecon -Rn --root img /etc; echo $?
restorecon -R --root img -D img; echo $?
getfattr -h -n security.sehash --absolute-names "$I/etc" >/dev/null && echo digest
restorecon_xattr --root img img/etc | sed 's/Digest: .* /Digest: /'; echo $?
restorecon_xattr --root img elsewhere; echo $?
restorecon_xattr --root tree tree; echo $?
