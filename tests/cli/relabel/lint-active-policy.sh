printf '/home/ann/.*\tu:object_r:ann_t:s0\n/home/ann/www/\tu:object_r:www_t:s0\n' >"$FC.local"
relabel lint $P; echo $?
LBL_POLICY_ROOT=$PWD/policy relabel lint; echo $?
relabel lint --policy-root "$PWD/nowhere"; echo $?
# one file of the set alone
relabel lint $P -v "$FC.local"; echo $?
