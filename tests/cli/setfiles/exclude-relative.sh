setfiles -e etc -r "$T" "$FC" "$T"
