printf '%s\n' "$T(/.*)? system_u:object_r:t_t:s0" >>"$FC"
ln -s etc tree/alias
restorecon -R -v $P -e "$T/alias/ssh" tree/alias/. | sort
