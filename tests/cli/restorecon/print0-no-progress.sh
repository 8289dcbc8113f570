evil=$(printf 'tree/etc/a\nb')
touch "$evil"
restorecon -R --print0 --no-progress $P "$T/etc" | tr '\0\n' '\n?' | sort
