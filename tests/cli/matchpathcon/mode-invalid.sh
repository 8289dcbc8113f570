matchpathcon -f "$FC" -m x /etc
