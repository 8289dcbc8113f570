# what differs is said with a path that shows it; what only looks different is not
mkdir old new
cp "$FC" old/fc
cp "$FC" new/fc
echo "--- the same"
relabel diff --exit-code old/fc new/fc && echo same
echo "--- other text, same meaning"
cat >>new/fc <<'END'
/etc/ssh/hidden.*		system_u:object_r:other_t:s0
/etc/ssh/[^/]+			system_u:object_r:ssh_t:s0
/etc/ssh/.*			system_u:object_r:ssh_t:s0
/none/x.*			<<none>>
END
relabel diff --exit-code old/fc new/fc && echo same
echo "--- one more, one less, one changed"
sed -i -e '/www/d' -e 's/var_log_t/log_t/' new/fc
printf '/etc/.*\\.key\t--\tsystem_u:object_r:key_t:s0\n' >>new/fc
relabel diff --exit-code old/fc new/fc || echo $?
relabel diff old/fc new/fc >out && echo $?
tail -n 1 out
echo "--- companions count"
cp old/fc new/fc
printf '/etc/passwd\t--\tsystem_u:object_r:passwd_t:s0\n' >new/fc.local
relabel diff old/fc new/fc
rm new/fc.local
printf '/srv/log /var/log\n' >new/fc.subs
relabel diff old/fc new/fc
