: >empty
for format in 5 6; do
	sefcontext_compile --format $format empty
	# the body, behind the names of the regex library and the machine
	[ $format = 5 ] && skip=8 || skip=27
	tail -c $skip empty.bin | od -An -v -tx1
done
