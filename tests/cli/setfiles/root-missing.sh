setfiles -r /no/root "$FC" "$T"
