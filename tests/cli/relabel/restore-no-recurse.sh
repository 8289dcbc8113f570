relabel restore -v --no-recurse --rules "$FC" --root "$T" "$T/etc"
label tree/etc/passwd
relabel restore -r --rules "$FC" --root "$T" "$T/etc"
