set_label system_u:object_r:default_t:s0 "$T/etc"
set_label system_u:object_r:x_t:s0 "$T/home"
matchpathcon -qV -f "$FC" "$T/etc" && echo equal
matchpathcon -qV -f "$FC" "$T/home" "$T/missing" || echo different
matchpathcon -qV -f "$FC" "$T/missing"
