setfiles -p -r "$T" "$FC" "$T" | od -c | head -3
