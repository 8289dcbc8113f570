printf '/a\n' >bad
selabel_lookup -k /a -f missing
selabel_lookup -k /a -f bad
selabel_lookup_best_match -p /a -f missing
selabel_partial_match -p /a -f missing
selabel_digest -b file -f missing
selabel_get_digests_all_partial_matches -f missing /
