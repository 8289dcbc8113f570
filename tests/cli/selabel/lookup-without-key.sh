selabel_lookup -b file -f "$FC"
echo "exit: $?"
selabel_lookup -k '' -f "$FC"
