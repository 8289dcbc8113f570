for key in /etc/shadow /nowhere /home/ann; do
	selabel_lookup -b file -k $key -f "$FC"
done
selabel_lookup -r -b FILE -k /etc/shadow -f "$FC" operands are not looked at
