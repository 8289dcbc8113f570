matchpathcon -P "$PWD/policy" /etc/shadow
matchpathcon -P "$PWD/nothing" /etc/shadow
echo "exit: $?"
matchpathcon -P policy /etc/shadow
