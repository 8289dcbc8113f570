# a rule file's words and name cannot forge lines
name=$(printf 'fc\nfc:  line 9 is fine\033[2J\233')
printf '/a -\033[31m u:r:t:s0\n/b\0 u:r:t:s0\n/c \377 u:r:t:s0\n' >"$name"
relabel sort "$name" || echo $?
printf '/b u:r:t:s0\n/a u:r:t:s0\n' >"$name"
relabel sort -c "$name" || echo $?
