# needs: box
box '
try() { echo "\$ fixfiles $*"; fixfiles "$@" 2>&1; echo "exit: $?"; }
try
try -v
try fix
try -x check
try --frob check
try --help=x check
try -T
try -T many check
try --policy-root
try onboot /etc
try --remote onboot
try relabel /etc
'
