# the first name a shell makes of * may be anybody's
fixfiles "$(printf 'x\033[2J\nfixfiles: all well')" 2>&1 | head -1
fixfiles "--$(printf '\033[2J')" 2>&1 | head -1
