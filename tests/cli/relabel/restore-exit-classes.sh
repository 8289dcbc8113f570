restore() { relabel restore -q --rules "$FC" --root "$T" "$@" 2>/dev/null; echo $?; }
restore "$T/etc"
restore "$T/missing" "$T/etc"
restore -i "$T/missing" "$T/etc"
relabel restore --rules "$PWD/none" "$T" 2>/dev/null; echo $?
echo "/broken(	u:r:t:s0" >>"$FC"
restore "$T/etc"
restore --no-such
