# needs: box
box '
fixfiles $P -C /etc/missing check
echo "exit: $?"
echo "/x" >/etc/broken
fixfiles $P -C /etc/broken check
'
