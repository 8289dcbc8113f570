setfiles -r "$T" "$FC" "$T"
for f in passwd shadow ssh/config; do set_label me:mine:old_t:s0:c1 "tree/etc/$f"; done
set_label system_u:object_r:user_home_t:s1 tree/home/ann/notes
setfattr -h -x security.selinux tree/var/log
set_label garbage tree/var/log/messages
setfiles -n -F --summary -r "$T" "$FC" "$T"
echo "with each change, too:"
setfiles -n -v --summary -r "$T" "$FC" "$T/var"
relabel check $P --summary --root "$T" "$T/var"
echo "$?"
restorecon -c --summary $P -R "$T/none"
setfiles -F --summary -r "$T" "$FC" "$T" | head -1
setfiles -F --summary -r "$T" "$FC" "$T"
