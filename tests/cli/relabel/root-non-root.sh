# needs: other-user
image
as_other relabel check --root img img/etc/passwd; echo $?
as_other relabel explain --root img img/etc/passwd | tail -4
as_other relabel restore -q --root img img/etc/motd; echo $?
as_other relabel compile --root img; echo $?
