setfiles -n -d -r "$T" "$FC" "$T/etc" | sort
