# -d and -- specs: what is there decides, and what is not may be anything
printf '%s\t-d\tu:object_r:dir_t:s0\n%s\t--\tu:object_r:file_t:s0\n%s\t-l\tu:object_r:link_t:s0\n%s\t--\tu:object_r:gone_t:s0\n' \
	"$T/etc" "$T/etc/passwd" "$T/etc/link" "$T/gone" >>"$FC"
matchpathcon -f "$FC" "$T/etc" "$T/etc/passwd" "$T/etc/link" "$T/gone"
echo "with -m, whatever is there:"
matchpathcon -f "$FC" -m f "$T/etc" "$T/etc/passwd"
