setfiles "$FC"
