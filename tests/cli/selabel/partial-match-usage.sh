selabel_partial_match
echo "exit: $?"
selabel_partial_match -f "$FC"
echo "exit: $?"
selabel_partial_match -p /a operand
echo "exit: $?"
selabel_partial_match -p /a -z
