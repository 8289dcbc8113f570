restorecon -W $P "$T/etc/passwd" 2>&1 | sed 's|@|T|' | sort
