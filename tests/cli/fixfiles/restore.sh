# needs: box
# of what is to be done the file systems are shown, and no file
box '
fixfiles $P restore
label / /etc/passwd /etc/shadow /home/ann/www/index.html
fixfiles $P check
'
