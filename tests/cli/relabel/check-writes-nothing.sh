relabel check -q --rules "$FC" --root "$T" "$T"; echo $?
setfiles --check -r "$T" "$FC" "$T"; echo $?
restorecon --check -R $P "$T"; echo $?
getfattr -R -h -n security.selinux tree 2>/dev/null
