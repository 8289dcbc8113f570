# an empty variable of the environment counts as none; an empty operand is a script's mistake, and no reason to go by
# the policy of this machine
empty() { echo "$*"; "$@" --policy-root "" 2>&1; echo "$?"; }
empty restorecon tree/etc
empty relabel check tree/etc
empty relabel explain tree/etc
empty relabel lint
empty relabel compile -c
empty relabel status
empty restorecon_xattr tree/etc
fixfiles --policy-root "" check "$T/etc" 2>&1; echo $?
empty restored --check-config
# where SELinux is on this would use the real policy
[ -d /sys/fs/selinux/booleans ] && { echo "restorecon: SELinux is disabled, nothing done (--policy-root DIR names a policy to label by anyway)" >&2; exit; }
LBL_POLICY_ROOT= restorecon -v tree/etc
