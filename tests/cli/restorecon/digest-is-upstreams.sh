echo "$T/.* u:object_r:t_t:s0
$T/etc -d u:object_r:e_t:s0" >>"$FC"
restorecon -R -D $P "$T"; echo $?
selabel_get_digests_all_partial_matches -f "$FC" "$T/etc" | head -1
restorecon -R -D -v $P "$T/etc" "$T/home/ann"
