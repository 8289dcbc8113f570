relabel restore --rules "$FC" --root "$T" "$T/etc"
relabel restore -v --rules "$FC" --root "$T" "$T"/home/ann/www
label tree/etc/passwd tree/etc/ssh/config
relabel restore -q --rules "$FC" --root "$T" "$T"; echo $?
