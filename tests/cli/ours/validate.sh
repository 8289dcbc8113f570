# needs: no-selinux
# SELinux is off here: who judges contexts, and who cannot
printf '/.* system_u:object_r:etc_t:s0\n/d x\n' >bad
setfiles --validate none "$FC"; echo $?
setfiles --validate none bad; echo $?
setfiles --validate kernel "$FC"; echo $?
setfiles --validate kernel --strict-exit "$FC" "$T"; echo $?
restorecon --validate=kernel $P -n "$T"; echo $?
relabel check --validate kernel $P "$T"; echo $?
relabel restore --validate kernel --rules "$FC" "$T"; echo $?
fixfiles $P --validate kernel restore "$T"; echo $?
setfiles --validate none -c "$FC" "$FC" 2>&1 | head -1
setfiles --validate= "$FC" 2>&1 | head -1
setfiles --validate 2>&1 | head -1
fixfiles --validate 2>&1 | head -1
fixfiles --validate none onboot 2>&1 | head -1
# restorecon asks nobody unless it is told to
printf '/nowhere nocolons\n/nowhere/2 system_u:object_r:x_t:s0\n/nowhere/2 system_u:object_r:y_t:s0\n' >>"$FC"
restorecon $P -n -F "$T"; echo $?
restorecon $P -n --validate none "$T"; echo $?
relabel check $P --validate none --root "$T" "$T"; echo $?
fixfiles $P --validate none check "$T"; echo $?
