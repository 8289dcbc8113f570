matchpathcon --help
