setfiles "$FC" /no/such/path
