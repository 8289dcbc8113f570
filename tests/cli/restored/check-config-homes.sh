# needs: mount
# an entry for homes is not left out without a word where nobody is logged in
mount -t tmpfs none /run
printf '%s\n' "$T/etc/*" '~/public_html/**' '!~/public_html/cache/**' >conf
restored --check-config --config "$PWD/conf"; echo $?
umount /run
