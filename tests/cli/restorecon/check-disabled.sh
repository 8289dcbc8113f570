# needs: no-selinux
unset LBL_POLICY_ROOT
restorecon --check "$T/etc/passwd"; echo $?
restorecon --strict-exit "$T/etc/passwd"; echo $?
