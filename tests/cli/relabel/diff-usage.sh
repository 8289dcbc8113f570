printf '/a u:r:t:s0\n' >fc
relabel diff fc || echo $?
relabel diff fc fc fc || echo $?
relabel diff --nonsense fc fc || echo $?
relabel diff missing fc || echo $?
relabel diff fc missing || echo $?
printf '/a -x u:r:t:s0\n' >bad
relabel diff fc bad || echo $?
printf '/a( u:r:t:s0\n' >bad
relabel diff --exit-code bad bad
relabel diff fc fc >/dev/full || echo $?
