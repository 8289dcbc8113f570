matchpathcon -f "$FC" /etc/ /etc// // / /etc//passwd
