setfiles --verbose=1 "$FC" "$T" 2>&1 | head -1
setfiles --threads 2>&1 | head -1
