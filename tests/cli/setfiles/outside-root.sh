mkdir tree2
setfiles -r "$T" "$FC" "${T}2"
