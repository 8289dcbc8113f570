for o in --verbos --verbsoe --dryrun --polcy-root=x --thread=2; do setfiles $o "$FC" "$T" -r x 2>&1 | head -1; done
