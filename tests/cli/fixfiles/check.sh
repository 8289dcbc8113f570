# needs: box
# all file systems are gone through, and nothing is changed
box '
fixfiles $P check | sort
label /etc/passwd
'
