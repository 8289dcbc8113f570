matchpathcon -f "$FC" '' /etc
