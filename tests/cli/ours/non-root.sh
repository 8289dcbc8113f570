# needs: other-user
chmod 700 tree/home/ann
as_other setfiles -T 1 -r "$T" "$FC" "$T" 2>&1 | sort
label tree/etc/passwd
