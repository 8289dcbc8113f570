setfiles -r / "$FC" "$T"
