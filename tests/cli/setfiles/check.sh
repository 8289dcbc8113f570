setfiles --check -v -r "$T" "$FC" "$T/etc/ssh" | sort; setfiles --check -r "$T" "$FC" "$T"; echo $?
setfiles -r "$T" "$FC" "$T"
setfiles --check -v -r "$T" "$FC" "$T"; echo $?
