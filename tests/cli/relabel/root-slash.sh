# needs: no-selinux
# / is this system: nothing is special
LBL_POLICY_ROOT=$PWD/policy relabel check -q --root / tree; echo $?
relabel check -q --root // $P tree; echo $?
LBL_POLICY_ROOT=$PWD/none relabel check -q --root / tree; echo $?
