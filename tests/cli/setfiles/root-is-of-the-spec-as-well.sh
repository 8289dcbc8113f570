image
# links on the way to SPEC and its companions are meant inside
SPEC=$I/etc/selinux/strict/contexts/files/file_contexts
setfiles -r "$I" "$SPEC" "$I"; echo $?
label "$I/etc/motd" "$I/etc/kept" "$I/var/lib/www/index"
setfiles --root img img/etc/selinux/strict/contexts/files/file_contexts img; echo $?
setfiles -v -F -r "$I" "$SPEC" "$I/etc"; echo $?
# a spec of this system is not looked for in there
setfiles -r "$I" "$FC" "$I/etc/motd"; echo $?
label "$I/etc/motd"
