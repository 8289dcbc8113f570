setfiles --background -v -r "$T" "$FC" "$T/etc/ssh" | sort
