setfiles -v -e "$T/etc/ssh" -e "$T/home/" -r "$T" "$FC" "$T" | sort
