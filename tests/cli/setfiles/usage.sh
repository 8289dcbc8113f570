setfiles -h
