setfattr -n security.sehash -v 0xab tree/etc
setfattr -n security.sehash -v "$(printf '0x%0200d' 0)" tree/home
restorecon_xattr $P -r "$T"
restorecon -R -D $P "$T"
restorecon_xattr $P -r "$T" | grep -c " Match"
