# needs: box
# check can be a gate
box '
fixfiles $P --strict-exit check >/out; echo $?
fixfiles $P --strict-exit restore >/out; echo $?
fixfiles $P --strict-exit check >/out; echo $?
fixfiles $P --strict-exit check /missing; echo $?
fixfiles --strict-exit --policy-root /missing check; echo $?
mkdir /empty
fixfiles --strict-exit --root /empty check; echo $?
fixfiles --strict-exit frobnicate >/out; echo $?
'
