# every way to write labels says and does the same
for io in auto sync uring; do
	for i in 1 2 3 4 5 6 7 8 9; do
		: >"tree/home/ann/www/$i"
		: >"tree/var/log/$i"
	done
	setfiles --io "$io" -F -v -r "$T" "$FC" "$T" 2>&1 | sort >"$io.out"
	find tree | sort | while read -r f; do label "$f"; done >"$io.labels"
	setfiles --io="$io" -v -r "$T" "$FC" "$T"
	find tree -exec setfattr -h -x security.selinux {} + 2>/dev/null
done
cat uring.out uring.labels
cmp auto.out sync.out && cmp uring.out sync.out && cmp auto.labels sync.labels &&
	cmp uring.labels sync.labels && echo the same
restorecon --io uring $P -n -R "$T" && echo restorecon, too
