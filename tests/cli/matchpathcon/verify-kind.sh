printf '%s\t-d\tu:object_r:dir_t:s0\n%s\t--\tu:object_r:file_t:s0\n' "$T/etc" "$T/etc" >>"$FC"
set_label u:object_r:file_t:s0 "$T/etc"
matchpathcon -V -m f -f "$FC" "$T/etc"
matchpathcon -V -f "$FC" "$T/etc"
