ln tree/etc/passwd tree/etc/other
restorecon -v -j $P "$T/etc/passwd" "$T/etc/shadow"
