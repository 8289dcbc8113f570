# needs: box
# is told, and the others are labelled all the same
box '
fixfiles $P -v restore /missing /etc/passwd
'
