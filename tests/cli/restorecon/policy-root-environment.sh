printf '%s\n' "$T(/.*)? system_u:object_r:t_t:s0" >>"$FC"
LBL_POLICY_ROOT=$PWD/policy restorecon -v tree/etc
