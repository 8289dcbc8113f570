# needs: no-selinux
cp "$FC" "$FC.local"
echo "/alias /etc" >"$FC.subs_dist"
relabel status $P | sed 's/^restored .*/restored ?/'
relabel compile "$FC"
relabel status $P | grep compiled
relabel status --json $P | sed 's/\("restored":\).*/\1 ?/'
