setfiles -z "$FC" "$T"
