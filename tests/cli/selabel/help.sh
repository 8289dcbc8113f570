for tool in selabel_lookup selabel_lookup_best_match selabel_partial_match selabel_digest \
	selabel_get_digests_all_partial_matches; do
	$tool --help
done
selabel_digest --version | sed 's/[0-9.]*$/VERSION/'
