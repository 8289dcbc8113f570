setfiles "$FC" "$T" -e
