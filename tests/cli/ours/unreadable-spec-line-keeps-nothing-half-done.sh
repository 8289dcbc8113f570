printf 'broken\n' >>"$FC"
setfiles -r "$T" "$FC" "$T/etc"; echo $?
label tree/etc
