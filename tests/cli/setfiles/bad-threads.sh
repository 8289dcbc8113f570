setfiles -T -1 "$FC" "$T"; setfiles -T 4x "$FC" "$T"; setfiles -T '' "$FC" "$T"
