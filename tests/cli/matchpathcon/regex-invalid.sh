# told once, by the lookup that meets it; what else matches is the answer
printf '/a/.* u:object_r:a_t:s0\n/a/(b u:object_r:b_t:s0\n' >bad
matchpathcon -f bad /a/x /a/b /c
