echo "$T/etc/.*  --  system_u:object_r:own_t:s0" >>"$FC"
restorecon --check $P "$T/etc/passwd"; echo $?
restorecon $P "$T/etc/passwd"
restorecon --check $P "$T/etc/passwd"; echo $?
restorecon --check -c $P "$T/etc/passwd"; echo $?
restorecon --check $P "$T/missing" 2>/dev/null; echo $?
