printf 'broken\n' >"$FC.local"
setfiles -r "$T" "$FC" "$T/etc"
restorecon $P tree/etc
