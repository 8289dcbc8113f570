# needs: no-selinux
# who wants to know whether all is well is not told yes
unset LBL_POLICY_ROOT
fixfiles --check check
echo "exit: $?"
fixfiles --strict-exit check
