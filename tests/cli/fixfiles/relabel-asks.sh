# needs: box
box '
for answer in y Y yes n ""; do
	touch /tmp/x
	echo "answer: $answer"
	echo "$answer" | fixfiles $P relabel | sed "/^Warning/,\$d"
	[ ! -e /tmp/x ] || echo "kept"
done
touch /tmp/x
fixfiles $P relabel </dev/null >/out
ls /tmp/x
'
