selabel_lookup_best_match
echo "exit: $?"
selabel_lookup_best_match -p
echo "exit: $?"
selabel_lookup_best_match -q -p /a
