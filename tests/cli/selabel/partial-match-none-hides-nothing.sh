printf '/.*\tu:object_r:root_t:s0\n/n/.*\t<<none>>\n' >small
selabel_partial_match -p /n -f small
echo $?
selabel_partial_match -p /n/x -f small
