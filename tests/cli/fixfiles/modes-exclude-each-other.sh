# needs: box
box '
try() { echo "\$ fixfiles $*"; fixfiles "$@" 2>&1 | head -n 1; }
try -B -N yesterday check
try -N yesterday -N today check
try -B check /etc
try -N yesterday onboot
try -N yesterday relabel
try -N
try -N "" check
try -N " " check
'
