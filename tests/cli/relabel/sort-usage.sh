relabel sort
relabel sort -i -
relabel sort -c -o x fc
relabel sort --nonsense fc
relabel sort -o
relabel sort --check=1 fc
relabel sort missing
relabel sort . || echo $?
printf '/a u:r:t:s0\n' >fc
relabel sort fc >/dev/full || echo $?
printf '/a/b u:r:t:s0\n/a(/.*)? u:r:t:s0\n' >fc
# an answer that nobody gets is none
relabel sort -c fc >/dev/full || echo $?
