# needs: box
# what onboot writes can be read where there is nothing but this program
box '
PATH=/build/setfiles
fixfiles $P -N @4102444800 check
fixfiles $P -N @4102444800x check
'
