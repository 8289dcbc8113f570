for field in -b -c -d -p -l -s --; do
	printf '/k\t%s\tu:object_r:t%s_t:s0\n' $field $field >>"$FC"
done
for type in 24576 8192 16384 4096 40960 49152 32768 33188; do
	selabel_lookup -b file -k /k -t $type -f "$FC"
done
printf '/j\t-d\tu:object_r:j_t:s0\n' >>"$FC"
selabel_lookup -b file -k /j -t 0100000 -f "$FC"
selabel_lookup -b file -k /j -t junk -f "$FC"
