setfiles --json --print0 "$FC" tree
setfiles -p --no-progress "$FC" tree
