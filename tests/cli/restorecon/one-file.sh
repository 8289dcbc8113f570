cd tree; restorecon -v $P etc/passwd | sed 's/from.*to/from X to/'
