restorecon -v $P
