relabel help | head -2
relabel help check | head -1
relabel help statsu; echo $?
relabel restroe; echo $?
relabel xyzzy; echo $?
relabel --version | sed 's/[-+]/?/g; s/[0-9][0-9.]*/N/'
relabel explain --jsno /x; echo $?
relabel help help | head -1
relabel help --help | head -1
relabel --help check | head -1
echo "whose option is it?"
relabel check -n /x 2>&1 | head -1
relabel restore --check /x 2>&1 | head -1
relabel restore --image /x 2>&1 | head -1
relabel restore -D /x 2>&1 | head -1
restorecon --rules x 2>&1 | head -1
setfiles --count x 2>&1 | head -1
echo "a list that is not there:"
relabel check $P -f missing; echo $?
