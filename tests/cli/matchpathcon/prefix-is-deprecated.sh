matchpathcon -p /home -f "$FC" /etc/shadow
