# needs: no-selinux
for tool in "selabel_lookup -k /etc" "selabel_lookup_best_match -p /etc" "selabel_partial_match -p /etc" \
	"selabel_get_digests_all_partial_matches /etc"; do
	$tool -v -f "$FC"
	echo "exit: $?"
done
