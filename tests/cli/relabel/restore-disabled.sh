# needs: no-selinux
unset LBL_POLICY_ROOT
relabel restore tree/etc; echo $?
relabel check tree/etc; echo $?
