relabel setfiles -v -r "$T" "$FC" "$T/etc/passwd"
relabel nonsense
relabel
