restorecon_xattr --help
restorecon_xattr --version | head -1 | sed 's/[0-9][0-9.]*/N/'
