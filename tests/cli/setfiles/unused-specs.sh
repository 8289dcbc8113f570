setfiles -n -W -r "$T" "$FC" "$T/etc"
