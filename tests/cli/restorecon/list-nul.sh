printf '%s\0' "$T/etc/passwd" "$T/etc/missing" "$T/etc/shadow" | restorecon -v -0 -f - $P; echo $?
printf '%s\n' "$T/etc/link" | restorecon -v -s $P; echo $?
restorecon -f missing $P; echo $?
