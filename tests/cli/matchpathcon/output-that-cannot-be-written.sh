matchpathcon -f "$FC" /etc >/dev/full
