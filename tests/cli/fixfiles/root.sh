# needs: mount
# another system: its file systems, its policy, its customizable types; no other is touched
other_system
LBL_POLICY_ROOT=$PWD/policy fixfiles --root img check | sort
fixfiles --root img restore
label img img/etc/passwd img/etc/own img/srv/data/x tree/etc/passwd
fixfiles --root img/ --check check; echo $?
set_label u:r:wrong_t:s0 img/etc/passwd
fixfiles --root img -v -N 2001-01-01 restore
fixfiles --root img -F --json check | sed "s/.entries.*//"
fixfiles --root / --check check
