setfiles -f list "$FC" "$T"
