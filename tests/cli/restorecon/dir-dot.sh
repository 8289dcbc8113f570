printf '%s\n' "$T(/.*)? system_u:object_r:t_t:s0" >>"$FC"
restorecon -v $P tree/etc/ssh/. tree/etc/ssh/..
