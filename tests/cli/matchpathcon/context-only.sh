matchpathcon -n -N -f "$FC" /etc/passwd /none/x /home
