# needs: policy
as_selinux() { ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$BUILD/tests/cli/kernel.so "$@"; }
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/a system_u:object_r:etc_t:s0\n' >good
printf '/a system_u:object_r:etc_t:s0\n/b system_u:object_r:no_t:s0\n' >bad
printf '/a system_u:object_r:etc_t:s0\n/b no\n' >worse
for rules in good bad worse; do
	for who in kernel none "$policy"; do
		echo "-- $rules ${who##*/}"
		as_selinux selabel_lookup -b file -k /a --validate "$who" -f $rules 2>&1; echo $?
	done
done
echo "-- the others"
for who in none "$policy" missing; do
	selabel_lookup_best_match -p /a --validate "$who" -f bad 2>&1; echo $?
	selabel_partial_match -p /a --validate="$who" -f bad 2>&1; echo $?
	selabel_get_digests_all_partial_matches --validate "$who" -f bad tree 2>&1; echo $?
done
selabel_lookup -b file -k /a -f good --validate 2>&1 | head -n 1
selabel_digest -b file -f good --validate none 2>&1 | head -n 1
