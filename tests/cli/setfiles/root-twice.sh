setfiles -r "$T" -R "$T" "$FC" "$T"
