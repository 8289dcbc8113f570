setfiles -c 2>&1 | head -1
setfiles -c x 2>&1 | head -1
setfiles -c x missing; echo $?
