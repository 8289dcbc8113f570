# needs: box
box '
fixfiles $P restore >/dev/null
set_label u:r:wrong_t:s0 /etc/passwd
fixfiles $P verify
'
