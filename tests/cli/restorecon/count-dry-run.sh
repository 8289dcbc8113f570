printf '%s\n' "$T(/.*)? system_u:object_r:t_t:s0" >>"$FC"
restorecon -c -n -R $P tree/etc
