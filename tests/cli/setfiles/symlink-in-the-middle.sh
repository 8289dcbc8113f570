ln -s etc tree/alias
setfiles -r "$T" "$FC" "$T/alias/passwd"
label tree/etc/passwd
