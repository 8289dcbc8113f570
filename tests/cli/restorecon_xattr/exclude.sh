restorecon -R -D $P "$T"
restorecon_xattr $P -n -r -e "$T/etc" -e "$T/home/ann" "$T" | sed 's/ Digest.*//' | LC_ALL=C sort
restorecon_xattr $P -e relative "$T"; echo $?
