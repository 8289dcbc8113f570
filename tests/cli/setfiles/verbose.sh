setfiles -v -r "$T" "$FC" "$T/etc" | sort
