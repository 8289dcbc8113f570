# needs: other-user
# what may not be written is told of in the same way, whoever writes; which ones come first may differ
for io in sync uring; do
	as_other setfiles --io "$io" -T 1 -r "$T" "$FC" "$T" 2>&1 |
		sed 's/; first .*//' | sort >"$io.out"
done
head -n 3 uring.out
cmp uring.out sync.out && echo the same
