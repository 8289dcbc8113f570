restorecon --help
