matchpathcon /etc -m
