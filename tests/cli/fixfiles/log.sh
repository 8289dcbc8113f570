# needs: box
# output of both kinds is appended to the file
box '
echo before >/tmp/log
fixfiles -l /tmp/log -v $P restore /missing /etc/passwd
echo "exit: $?"
cat /tmp/log
fixfiles -l /missing/log -v $P restore /etc/passwd
'
