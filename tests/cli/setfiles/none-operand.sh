setfiles -r "$T" "$FC" "$T/none"
