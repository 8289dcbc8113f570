# each form alone, without the text, labels as the text would
cat >text <<END
/.*				u:r:any_t:s0
$T/etc				u:r:older_t:s0
$T/etc			-d	u:r:newer_t:s0
$T/etc/shadow		--	u:r:shadow_t:s0
$T/etc/[^/]*			u:r:etc_t:s0
$T/[n]one			<<none>>
END
rm $FC
for format in 5 6; do
	sefcontext_compile --format $format -r -o $FC.bin text || echo "failed"
	od -An -tx1 -N8 $FC.bin
	restorecon $P -F tree/etc tree/etc/shadow tree/etc/passwd tree/var tree/none
	label tree/etc tree/etc/shadow tree/etc/passwd tree/var tree/none
	setfattr -h -x security.selinux tree/etc tree/etc/shadow tree/etc/passwd tree/var
done
ls -A policy/contexts/files
