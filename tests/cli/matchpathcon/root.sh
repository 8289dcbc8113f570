image
matchpathcon --root img img/etc/passwd "$I/var/lib/www/x" img; echo $?
matchpathcon --root "$I" -n /etc/passwd img/etc/motd; echo $?
relabel restore -q --root img img
matchpathcon --root img -V img/etc/motd img/srv/www/index img/srv/www img/gone; echo $?
set_label u:r:x_t "$I/etc/motd"
matchpathcon --root img -V img/etc/motd; echo $?
# its name is a link to this system's file, and so to nothing
ln -s "$PWD/policy" img/out
matchpathcon --root img -V img/out/customizable_types; echo $?
matchpathcon --root img -f "$FC" img/etc/ssh; echo $?
matchpathcon --root gone gone/x; echo $?
matchpathcon --root tree tree/x; echo $?
matchpathcon --root; echo $?
