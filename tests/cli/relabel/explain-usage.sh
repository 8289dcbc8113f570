relabel explain
relabel explain --type nothing /x
relabel explain --candidates -1 /x
relabel explain -f a --policy-root b /x
relabel explain -f missing /x
relabel explain --policy-root missing /x
printf '/a -x u:r:t:s0\n/b\n' >fc
relabel explain -f fc /x
printf '/x u:r:t:s0\n' >fc
relabel explain -f fc "" /x || echo $?
printf '/(a+)+(?!x)[bc] u:r:t:s0\n' >fc
relabel explain -f fc "/$(printf '%060d' 0 | tr 0 a)"
