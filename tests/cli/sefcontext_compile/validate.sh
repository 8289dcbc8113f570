# needs: policy
as_selinux() { ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$BUILD/tests/cli/kernel.so "$@"; }
policy=$(ls /etc/selinux/*/policy/policy.[0-9]* | head -n 1)
printf '/a system_u:object_r:etc_t:s0\n/b system_u:object_r:no_t:s0\n' >rules
for who in kernel none "$policy"; do
	echo "-- ${who##*/}"
	as_selinux sefcontext_compile --validate "$who" rules 2>&1; echo $?
	rm -f rules.bin
done
sefcontext_compile --validate missing rules 2>&1; echo $?
sefcontext_compile --validate "$FC" rules 2>&1; echo $?
sefcontext_compile --validate none -p "$policy" rules 2>&1; echo $?
