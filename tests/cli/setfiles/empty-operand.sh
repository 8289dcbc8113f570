setfiles -r "$T" "$FC" ""
