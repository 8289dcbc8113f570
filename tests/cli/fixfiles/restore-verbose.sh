# needs: box
box '
fixfiles $P restore >/dev/null
set_label u:r:wrong_t:s0 /etc/passwd
set_label u:r:custom_t:s0 /etc/shadow
fixfiles $P -v restore | sort
fixfiles $P -v -F restore | sort
label /etc/passwd /etc/shadow
'
