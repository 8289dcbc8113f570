selabel_get_digests_all_partial_matches
echo "exit: $?"
selabel_get_digests_all_partial_matches -f "$FC"
echo "exit: $?"
selabel_get_digests_all_partial_matches -f "$FC" "$T/missing"
echo "exit: $?"
selabel_get_digests_all_partial_matches -z
