matchpathcon -f "$FC" /etc/passwd /home/ann /home/ann/www/x / /nowhere
