printf '/x /y\n' >"$FC.subs"
printf '/a u:object_r:a_t:s0\n' >"$FC.local"
mkdir "$FC.local.d" && printf '/b u:object_r:b_t:s0\n' >"$FC.local.d/b.fc"
selabel_digest -b file -f "$FC" >out
cat out
cat "$FC.subs" "$FC" "$FC.local" "$FC.local.d/b.fc" | sha1sum
selabel_digest -b file -B -v -f "$FC"
cat "$FC.subs" "$FC" | sha1sum
