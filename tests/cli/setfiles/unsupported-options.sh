for o in -D -I; do setfiles $o "$FC" "$T" 2>&1 | head -1; done
