selabel_lookup
echo "exit: $?"
selabel_lookup -b
echo "exit: $?"
selabel_lookup -k /a -z
echo "exit: $?"
selabel_lookup -k /a -f
