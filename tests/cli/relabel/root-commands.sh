image
relabel explain --root img img/srv/www/index img/etc/gone
relabel explain --root img /etc/passwd; echo $?
relabel explain --root img --json img/etc/motd | head -3
ln -s img alias
relabel explain --root alias alias/etc/passwd | head -2
relabel status --root img; echo $?
relabel status --root img --json | grep '"selinux"\|"restored"'
relabel status --root tree; echo $?
relabel lint --root img; echo $?
relabel lint --root gone; echo $?
LBL_POLICY_ROOT=$PWD/policy relabel diff --root img | tail -5; echo $?
relabel diff --root img img/usr/share/selinux/strict/contexts/files/file_contexts; echo $?
relabel diff --root img "$FC" "$FC"; echo $?
