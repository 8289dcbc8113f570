# needs: box
box '
echo "/x" >>$FC
fixfiles $P restore
echo "exit: $?"
rm $FC
fixfiles $P restore
'
