matchpathcon -n -f "$FC"
