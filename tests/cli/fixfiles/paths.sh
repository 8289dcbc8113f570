# needs: box
# each path with what is below it, and nothing else
box '
fixfiles $P -v restore /etc/ssh /home/ann/notes
fixfiles $P check /home/ann | sort
label /etc/passwd
'
