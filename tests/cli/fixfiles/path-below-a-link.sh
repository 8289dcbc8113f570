# needs: box
# as with restorecon, links in the directory part are followed
box '
ln -s etc/ssh /link
fixfiles $P -v restore /link/config
'
