selabel_digest
echo "exit: $?"
selabel_digest -b x
echo "exit: $?"
selabel_digest -b none
echo "exit: $?"
selabel_digest -B -z
