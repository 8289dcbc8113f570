image
mkdir elsewhere
relabel restore --root img /etc; echo $?
relabel restore --root img elsewhere; echo $?
relabel check --root img --plan elsewhere; echo $?
relabel restore --root img img/..; echo $?
relabel restore --root gone gone; echo $?
relabel restore --root img/etc/passwd img; echo $?
relabel restore --root '' img; echo $?
relabel restore --root img --root img img 2>&1 | head -1
# no policy; one that is named and not there; one that leads away
relabel restore --root elsewhere elsewhere; echo $?
config=img/usr/share/selinux/config
echo SELINUXTYPE=gone >$config
relabel restore --root img img; echo $?
echo SELINUXTYPE=../../../policy >$config
relabel restore --root img img; echo $?
rm -r img/usr/share/selinux/config
ln -s "$PWD/config" $config
echo SELINUXTYPE=strict >config
relabel restore --root img img; echo $?
mkdir -p img"$PWD"
echo SELINUXTYPE=strict >img"$PWD/config"
relabel check -q --root img img; echo $?
# nobody's rules, and no file of this system
ln -sfn "$FC" img/usr/share/selinux/strict/contexts/files/file_contexts
relabel check -q --root img img; echo $?
