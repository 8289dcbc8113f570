for n in 'a*' '[x]' '{q,r}' '~' 'b\c' '-n'; do touch "tree/etc/$n"; done
touch tree/etc/ab tree/etc/x tree/etc/q tree/etc/bc
find "$T/etc" -type f -name '*[^a-z]*' -print0 | setfiles -0 -s -v -r "$T" "$FC" | LC_ALL=C sort
label tree/etc/ab tree/etc/x tree/etc/q tree/etc/bc
