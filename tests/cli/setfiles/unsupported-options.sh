for o in -D -I "-c policy"; do setfiles $o "$FC" "$T" 2>&1 | head -1; done
