touch 'tree/etc/a*b' tree/etc/aXb
printf '%s\n' "$T/etc/a*b" "$T/etc/passwd" | relabel restore -v -f - --rules "$FC" --root "$T"
printf '%s\0' "$T/etc/a*b" "$T/etc/shadow" >list
relabel restore -v -0 -f list --rules "$FC" --root "$T"
label tree/etc/aXb
