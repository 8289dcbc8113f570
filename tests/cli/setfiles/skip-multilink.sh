ln tree/etc/shadow tree/etc/shadow-
setfiles -j -v -r "$T" "$FC" "$T/etc" | sort
label tree/etc/shadow
