echo "$T/etc/[^/]*  --  system_u:object_r:own_t:s0" >>"$FC"
relabel restore -v $P "$T/etc" | sort
relabel restore -v $P "$T/etc"
