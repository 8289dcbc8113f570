# needs: no-selinux
# without a policy to label by nothing is done, as with restorecon
unset LBL_POLICY_ROOT
fixfiles check
echo "exit: $?"
fixfiles -v restore "$T"
