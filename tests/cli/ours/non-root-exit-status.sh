# needs: other-user
as_other setfiles -r "$T" "$FC" "$T/etc" 2>/dev/null; echo $?
as_other setfiles -C -r "$T" "$FC" "$T/etc" 2>/dev/null; echo $?
