relabel restore; echo $?
relabel restore --recursve "$T"; echo $?
relabel restore --frobnicate "$T"; echo $?
relabel restore -C "$T"; echo $?
relabel restore -e relative --rules "$FC" "$T"; echo $?
relabel check --rules 2>&1 | head -1
