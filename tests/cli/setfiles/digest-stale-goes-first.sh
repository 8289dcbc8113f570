# needs: chattr
setfiles -D -r "$T" "$FC" "$T/etc"
cp "$FC" old
sed -i 's/etc_t/new_t/; s/ssh_t/fresh_t/' "$FC"
chattr +i tree/etc/passwd
setfiles -D -r "$T" "$FC" "$T/etc"; echo $?
chattr -i tree/etc/passwd
setfiles -D -v -r "$T" old "$T/etc" | LC_ALL=C sort
