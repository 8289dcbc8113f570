setfiles -i "$FC" /no/such/path
