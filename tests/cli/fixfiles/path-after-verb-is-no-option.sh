# needs: box
box '
cd /tmp && mkdir -- -F && fixfiles $P check -F
'
