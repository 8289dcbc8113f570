# needs: box
box '
fixfiles $P --summary check
fixfiles $P --summary restore
fixfiles $P --summary check
fixfiles $P --summary onboot 2>&1 | head -n 1
'
