# SELinux is off here, so restorecon does nothing by the system's own policy, but works by another
if relabel explain /etc/passwd >own 2>/dev/null && [ ! -d /sys/fs/selinux/booleans ]; then
	grep -o 'restorecon     does .*' own
else
	echo 'restorecon     does nothing, SELinux is disabled; where it is enabled it'
fi
relabel explain $P -n 0 /etc/passwd | grep restorecon
