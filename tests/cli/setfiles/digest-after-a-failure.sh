# needs: chattr
chattr +i tree/etc/ssh/config
setfiles -D -r "$T" "$FC" "$T"; echo $?
getfattr -R -h -n security.sehash tree 2>/dev/null | grep file: | LC_ALL=C sort
chattr -i tree/etc/ssh/config
setfiles -D -v -r "$T" "$FC" "$T/etc" | LC_ALL=C sort
