printf '%s\n' "$T(/.*)? system_u:object_r:t_t:s0" >>"$FC"
touch tree/var/axb "tree/var/a*b"
printf '%s\n' "$T/var/a*b" | restorecon -v $P -f -
label tree/var/axb
