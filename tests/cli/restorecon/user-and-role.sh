echo "$T/etc/.* system_u:object_r:own_t:s0" >>"$FC"
set_label staff_u:staff_r:x_t:s0:c5 tree/etc/passwd
set_label staff_u:staff_r:x_t:s0:c5 tree/etc/shadow
restorecon -v $P "$T/etc/passwd"
restorecon -v -U $P "$T/etc/shadow"
restorecon -v -F $P "$T/etc/shadow"
