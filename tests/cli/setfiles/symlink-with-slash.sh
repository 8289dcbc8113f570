ln -s etc tree/alias
setfiles -v -r "$T" "$FC" "$T/alias/"
label tree/alias tree/etc
