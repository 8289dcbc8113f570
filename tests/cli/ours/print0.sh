touch "$(printf 'tree/etc/a\nb')"
setfiles -n --print0 -r "$T" "$FC" "$T/etc/a
b" "$T/none" "$T/etc/ssh/config" | tr '\n\000' 'N\n'
relabel restore -n $P --print0 --root "$T" "$T/etc/ssh/config" | tr '\000' '\n'
