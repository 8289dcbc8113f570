matchpathcon -f policy /etc
