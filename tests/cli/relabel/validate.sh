# needs: policy
# who judges contexts for compile and lint
as_selinux() { ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$BUILD/tests/cli/kernel.so "$@"; }
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/a system_u:object_r:etc_t:s0\n/b <<none>>\n' >good
printf '/a system_u:object_r:etc_t:s0\n/b system_u:object_r:no_etc_t:s0\n' >bad
for rules in good bad; do
	for who in kernel none "$policy"; do
		echo "-- $rules ${who##*/}"
		as_selinux relabel compile --validate "$who" $rules 2>&1; echo "compile: $?"
		as_selinux relabel lint --validate "$who" $rules 2>&1; echo "lint: $?"
	done
done
echo "-- judges that cannot"
relabel compile --validate missing good 2>&1; echo $?
relabel lint --validate missing good 2>&1; echo $?
relabel lint --validate "$FC" good 2>&1; echo $?
relabel compile --validate 2>&1 | head -n 1
relabel lint --validate none -v good 2>&1; echo $?
as_selinux relabel lint -v good 2>&1; echo $?
