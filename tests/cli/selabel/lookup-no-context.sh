printf '/a\tu:object_r:a_t:s0\n/n\t<<none>>\n' >small
selabel_lookup -b file -k /n -f small
echo "exit: $?"
selabel_lookup -b file -k /x -f small
