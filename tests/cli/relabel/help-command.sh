relabel help | head -2
relabel help check | head -1
relabel help statsu; echo $?
relabel restroe; echo $?
relabel xyzzy; echo $?
relabel --version | sed 's/[-+]/?/g; s/[0-9][0-9.]*/N/'
relabel explain --jsno /x; echo $?
