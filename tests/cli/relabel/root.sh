image
# by the policy in there: links, substitutions, customizable types
relabel check --root img img | sort; echo $?
relabel restore --root "$I" "$I"; echo $?
label "$I/etc/passwd" "$I/etc/motd" "$I/etc/kept" "$I/var/lib/www/index" "$I/srv/www" "$I"
relabel check --root "$I/" img; echo $?
# a link on the way to a path leads where it leads in there
set_label u:r:x_t "$I/var/lib/www/index"
relabel restore -v --root img img/srv/www/index; echo $?
# the environment is about this system, an option is about this run
LBL_POLICY_ROOT=$PWD/policy relabel check --root img img; echo $?
relabel check --root img $P img/etc/passwd; echo $?
relabel check --root img --rules "$FC" img/etc/motd; echo $?
# in words for programs
relabel check --root img --json img/etc img/gone; echo $?
relabel restore --root img --plan img/etc | sed 's/(.*//'
