printf '/srv/www/.*\tu:object_r:a_t:s0\n/srv/.*\tu:object_r:b_t:s0\n' >"$FC"
printf '/caf\351\n' >"$FC.subs"
relabel lint --json "$FC"; echo $?
relabel lint --json --only malformed "$FC"; echo $?
