setfiles --help
