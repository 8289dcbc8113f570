name=$(printf '/a\nb\033[2J\377é')
printf '/a.*\tu:object_r:a\033_t:s0\n' >odd
matchpathcon -f odd "$name"
matchpathcon -m "$(printf 'x\n\033')" -f odd /a
matchpathcon -f "$(printf 'no\nfile')" /a
matchpathcon "$(printf -- '-\033')"
