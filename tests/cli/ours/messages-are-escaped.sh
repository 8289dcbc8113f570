evil=$(printf 'x\033]0;t\007\ny')
setfiles -r "$T" "$FC" "$T/$evil"
setfiles --"$evil" "$FC" "$T"  2>&1 | head -1
setfiles -e "/$evil" -r "$T" "$FC" "$T/etc/passwd"
setfiles -f "$evil" "$FC" 2>&1 | head -1
setfiles "$evil" "$T"
setfiles -c "$evil" "$FC"
relabel "$evil"
relabel status "$evil"
