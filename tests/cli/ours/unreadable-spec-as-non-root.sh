# needs: other-user
chmod 600 "$FC"
as_other setfiles -r "$T" "$FC" "$T/etc"
