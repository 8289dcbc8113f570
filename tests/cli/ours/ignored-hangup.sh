# nohup must hold: the walk meets the signal when it opens the list
mkfifo list
(
	trap '' HUP
	exec setfiles -v -f list -r "$T" "$FC"
) &
pid=$!
exec 3>list
kill -HUP "$pid"
echo "$T/etc/passwd" >&3
exec 3>&-
wait "$pid"
