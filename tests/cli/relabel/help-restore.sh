relabel restore --help
