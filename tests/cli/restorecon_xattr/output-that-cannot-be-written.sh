restorecon -R -D $P "$T"
restorecon_xattr $P -r "$T" >/dev/full
