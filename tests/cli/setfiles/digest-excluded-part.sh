setfiles -D -e "$T/etc/ssh" -r "$T" "$FC" "$T"
getfattr -R -h -n security.sehash tree 2>/dev/null | grep file: | LC_ALL=C sort
setfiles -D -v -r "$T" "$FC" "$T/etc" | LC_ALL=C sort
