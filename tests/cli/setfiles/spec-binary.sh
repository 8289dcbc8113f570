head -c 300 /bin/sh >fc
setfiles -r "$T" fc "$T/etc" 2>&1 | sort -u | head -3
label tree/etc
