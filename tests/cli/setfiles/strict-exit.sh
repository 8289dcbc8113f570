strict() { setfiles --strict-exit -r "$T" "$@" 2>/dev/null; echo $?; }
strict -n "$FC" "$T/etc"
strict "$FC" "$T/etc"
strict -n "$FC" "$T/etc"
strict "$FC" "$T/etc" "$T/missing"
strict "$PWD/missing" "$T/etc"
strict -z "$FC" "$T/etc"
strict
echo "/x" >>"$FC"
strict "$FC" "$T/etc"
