# 1 is TRUE
printf '/a/b/c\t--\tu:object_r:c_t:s0\n/n(/.*)?\t<<none>>\n/r/x[0-9]\tu:object_r:x_t:s0\n' >small
for path in / /a /a/b /a/b/c /a/b/cc /n /r /r/x /r/x7 /r/x77 ''; do
	selabel_partial_match -p "$path" -f small
	echo "$? for $path"
done
