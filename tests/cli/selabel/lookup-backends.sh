for backend in media x db prop service Media; do
	selabel_lookup -b $backend -k x
	echo "exit: $?"
done
selabel_lookup -b files -k x
