setfiles -C "$FC" /no/such
