setfiles -n -D -r "$T" "$FC" "$T"
getfattr -R -h -m security.sehash tree
setfiles -D -r "$T" "$FC" "$T"
setfiles -n -D -v -r "$T" "$FC" "$T"
sed -i '/<<none>>/d' "$FC"
setfiles -n -D -r "$T" "$FC" "$T" | grep -c Skipping
getfattr -R -h -n security.sehash tree 2>/dev/null | grep -c file:
