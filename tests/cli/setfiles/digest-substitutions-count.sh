setfiles -D -r "$T" "$FC" "$T"
echo "/home/ann/notes /etc/shadow" >"$FC.subs"
setfiles -D -v -r "$T" "$FC" "$T" | grep -v Skipping
sed -i 's/shadow_t/other_t/' "$FC"
setfiles -D -v -r "$T" "$FC" "$T" | grep -v Skipping | LC_ALL=C sort
