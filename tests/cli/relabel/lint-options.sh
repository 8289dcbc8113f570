printf '/a/\tu:object_r:usr_t:s0\n/b.c\tu:object_r:usr_t:s0\n/d|/e\tu:object_r:usr_t:s0\n' >"$FC"
relabel lint --only never-matches "$FC"; echo $?
relabel lint --only unescaped-dot,top-level-alternation "$FC"; echo $?
relabel lint --disable never-matches --disable top-level-alternation "$FC"; echo $?
relabel lint --only sense "$FC"; echo $?
relabel lint --disable never-matches, "$FC"; echo $?
relabel lint --nonsense; echo $?
relabel lint --root; echo $?
relabel lint --root "$PWD/nowhere" "$FC"; echo $?
relabel lint "$PWD/missing"; echo $?
# one file that cannot be read does not keep the others from being looked at
relabel lint --only never-matches missing "$FC" missing.fc; echo $?
relabel lint --list-codes
