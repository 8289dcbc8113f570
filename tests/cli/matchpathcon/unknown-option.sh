matchpathcon -n -z /etc
