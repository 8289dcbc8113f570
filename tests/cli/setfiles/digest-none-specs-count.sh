setfiles -D -r "$T" "$FC" "$T"
sed -i '/<<none>>/d' "$FC"
setfiles -D -v -r "$T" "$FC" "$T" | grep -v Skipping | LC_ALL=C sort
