# nothing is written that would not be right, and what was there stays
printf '/ok\tu:r:t:s0\n/a(b\tu:r:t:s0\n/one\n' >bad
echo old >bad.lbl
relabel compile bad || echo $?
cat bad.lbl
printf '/a(b\tu:r:t:s0\n/x(\tu:r:t:s0\n' >bad
relabel compile bad || echo $?
printf '/a\tnonsense\n' >odd
relabel compile -o odd.out odd && echo written
relabel compile --validate none odd || echo $?
ls odd.lbl
relabel compile missing || echo $?
relabel compile -o nodir/x odd || echo $?
relabel compile -o / odd || echo $?
relabel compile a b || echo $?
relabel compile --cache -o x odd || echo $?
relabel compile -c -o x odd || echo $?
relabel compile --policy-root policy odd || echo $?
relabel compile --policy-root nowhere || echo $?
relabel compile --nonsense || echo $?
mkdir odd.local.d && mkfifo odd.local.d/a.fc
relabel compile odd || echo $?
rm odd.local.d/a.fc && ln -s nowhere odd.local.d/b.fc
relabel compile odd || echo $?
