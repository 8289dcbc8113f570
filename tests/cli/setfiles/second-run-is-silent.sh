setfiles -r "$T" "$FC" "$T"
setfiles -v -r "$T" "$FC" "$T"
