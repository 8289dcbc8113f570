echo "/alias /etc" >"$FC.subs"
restorecon_xattr $P -v "$T" | sed '1s/[0-9a-f]\{40\}/HEX/'
cp "$FC" other
restorecon -R -D $P "$T/etc"
restorecon_xattr $P -v -f other "$T/etc" | sed 's/[0-9a-f]\{40\}/HEX/'
