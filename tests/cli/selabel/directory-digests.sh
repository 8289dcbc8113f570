printf '%s/etc(/.*)?\tu:object_r:etc_t:s0\n%s/etc/ssh\t<<none>>\n%s/var/.*\tu:object_r:var_t:s0\n' \
	tree tree tree | sed "s|^|/|" >small
printf '%s /tree\n' "$T" >small.subs
get() { selabel_get_digests_all_partial_matches -f small "$@"; }
get "$T/etc"
digest=$(get "$T/var" | sed -n 's/^generated SHA1 digest: //p')
setfattr -n security.sehash -v "0x$digest" "$T/var"
setfattr -n security.sehash -v "0x$digest" "$T/etc"
setfattr -n security.sehash -v 0x1234 "$T/etc/ssh"
get "$T/var"
get "$T/home"
get "$T/etc/passwd"
echo "recursively:"
get -r "$T/etc"
# /etc(/.*)? as SHA-1 of text NUL, kind, context NUL
printf '/tree/etc(/.*)?\0\0u:object_r:etc_t:s0\0' | sha1sum
