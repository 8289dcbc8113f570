fixfiles --help
