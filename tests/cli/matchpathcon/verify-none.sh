set_label system_u:object_r:x_t:s0 "$T/none"
printf '%s/none\t<<none>>\n' "$T" >>"$FC"
matchpathcon -V -f "$FC" "$T/none"
