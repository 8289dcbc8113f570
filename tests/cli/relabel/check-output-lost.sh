relabel check --rules "$FC" --root "$T" "$T" >/dev/full
