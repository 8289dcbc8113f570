# needs: other-user
as_other relabel restore -q --rules "$FC" --root "$T" "$T/etc" 2>/dev/null; echo $?
as_other relabel check -q --rules "$FC" --root "$T" "$T/etc" 2>/dev/null; echo $?
