# needs: no-selinux
# restorecon then does nothing by the system's own policy, but works by another
if relabel explain /etc/passwd >own 2>/dev/null; then
	grep -o 'restorecon     does .*' own
else # there is no policy
	echo 'restorecon     does nothing, SELinux is disabled; where it is enabled it'
fi
relabel explain $P -n 0 /etc/passwd | grep restorecon
