setfiles -p -v "$FC" "$T"
