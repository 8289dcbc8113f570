ln -s loop tree/etc/loop
ln -s ../etc tree/etc/up
setfiles -v -r "$T" "$FC" "$T/etc/loop" "$T/etc/up"
setfiles -r "$T" "$FC" "$T/etc/loop/x"
setfiles -r "$T" "$FC" "$T"
label tree/etc/up
