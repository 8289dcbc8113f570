setfiles -T 4 -r "$T" "$FC" "$T" && setfiles -T 0 -v -r "$T" "$FC" "$T" && setfiles -T 1 -v -r "$T" "$FC" "$T"
