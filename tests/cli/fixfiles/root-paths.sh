# needs: mount
# paths are as they are here, by whatever name the root has; links in it lead where they would there
other_system
ln -s img link
ln -s /srv/out img/etc/absolute
ln -s /../../etc img/etc/up
ln -s "$PWD/tree" img/etc/outside
fixfiles --root img check img/etc/passwd "$PWD/img/srv/../etc/own"
fixfiles --root link check link/etc/passwd
fixfiles --root img check img/etc/absolute/x img/etc/up/passwd
fixfiles --root img -v restore img/etc/outside/etc/passwd
echo "exit: $?"
fixfiles --root img -v restore tree/etc/passwd
echo "exit: $?"
fixfiles --root img -v restore img/../tree/etc/passwd
echo "exit: $?"
label tree/etc/passwd
