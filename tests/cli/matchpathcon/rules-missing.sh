matchpathcon -f missing /etc
