relabel restore -n --rules "$FC" --root "$T" "$T/etc"; echo $?
relabel restore --rules "$FC" --root "$T" "$T/etc"; echo $?
relabel restore -n --rules "$FC" --root "$T" "$T/etc"; echo $?
