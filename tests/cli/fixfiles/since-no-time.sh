# needs: box
box '
fixfiles $P -N "no time at all" check
'
