setfiles -D -r "$T" "$FC" "$T/etc"
touch -d 2001-01-01 tree/etc/new && touch -d 2001-01-01 tree/etc
setfiles -D -v -r "$T" "$FC" "$T/etc" | LC_ALL=C sort
