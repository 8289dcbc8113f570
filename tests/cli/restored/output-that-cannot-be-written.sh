# is no success
echo /etc/passwd >conf
restored -f conf --check-config >/dev/full; echo $?
restored -f conf --check-config >&-; echo $?
restored --help >/dev/full; echo $?
restored --version >&-; echo $?
