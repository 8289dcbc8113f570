# needs: root-owner
image
relabel compile --check --root img; echo $?
relabel compile --root img --validate none; echo $?
find img -name '*.lbl'
relabel compile --check --root img; echo $?
relabel check --root img img/etc/motd
relabel compile --root img -o out; echo $?
ls out
relabel compile --root img --cache; echo $?
relabel compile --root img "$FC"; echo $?
# nothing is written through a link
rm out img/usr/share/selinux/strict/contexts/files/file_contexts.lbl
ln -s "$PWD/out" img/usr/share/selinux/strict/contexts/files/file_contexts.lbl
relabel compile --root img; echo $?
ls out
