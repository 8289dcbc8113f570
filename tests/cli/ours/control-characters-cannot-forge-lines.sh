touch "tree/var/log/$(printf 'a\nRelabeled b\033[2J')"
setfiles -v -r "$T" "$FC" "$T/var/log" | sort
