printf '%s\n' "$T(/.*)? system_u:object_r:t_t:s0" >>"$FC"
restorecon -c -R $P tree/etc tree/var
restorecon -c -R $P tree/etc
