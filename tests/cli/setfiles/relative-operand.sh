cd tree && setfiles -v -r "$T" "$FC" etc/ssh
