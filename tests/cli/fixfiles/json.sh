# needs: box
# one run of records, and nothing else on standard output; a set of packages is one run
box '
fixfiles $P --json restore 2>/dev/null | sed "s/,\"entries.*//" | grep -v change
set_label u:r:wrong_t:s0 /etc/passwd
fixfiles $P --json --check check | sed "s/,\"entries.*,\"exit/,\"exit/"
fixfiles $P --json relabel
'
