setfiles -n -v -r "$T" "$FC" "$T/etc" | sort
label tree/etc tree/etc/passwd
