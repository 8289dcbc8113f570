# needs: root-owner
# the compiled form is used when it fits its sources, renewed when asked for, refused when others could write it
echo "--- none yet"
relabel compile -c "$FC" || echo $?
relabel compile "$FC"
relabel compile -c "$FC"
relabel compile -c --policy-root policy
echo "--- it answers"
matchpathcon -f "$FC" -m f /etc/ssh/x /etc/shadow /none/x /q
echo "--- a new rule in a companion"
printf '/etc/ssh/new.*\tsystem_u:object_r:new_t:s0\n' >"$FC.local"
relabel compile -c "$FC" || echo $?
matchpathcon -f "$FC" -m f /etc/ssh/new1
relabel compile "$FC"
matchpathcon -f "$FC" -m f /etc/ssh/new1
echo "--- a drop-in"
mkdir "$FC.local.d"
printf '/etc/ssh/new.*\tsystem_u:object_r:dropped_t:s0\n' >"$FC.local.d/site.fc"
matchpathcon -f "$FC" -m f /etc/ssh/new1
relabel compile "$FC"
matchpathcon -f "$FC" -m f /etc/ssh/new1
echo "--- others could write it"
chmod 666 "$FC.lbl"
matchpathcon -f "$FC" -m f /etc/shadow
chmod 644 "$FC.lbl"
echo "--- cut short"
head -c 500 "$FC.lbl" >cut && cat cut >"$FC.lbl"
matchpathcon -f "$FC" -m f /etc/shadow
