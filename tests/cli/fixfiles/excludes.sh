# needs: box
# with every verb, also names with blanks; what is no directory, or no path, does not count
mkdir -p "tree/srv/a b" tree/srv/c "tree/srv/a"
touch "tree/srv/a b/x" tree/srv/c/x tree/srv/a/x
box '
cat >/etc/selinux/fixfiles_exclude_dirs <<END
# /etc

  /srv/a b  
srv
/missing
/etc/passwd
	/srv/c
/home
END
fixfiles $P -v restore | sort
fixfiles $P -v restore /srv
fixfiles $P check
fixfiles $P verify /srv/c /srv/c/x
label "/srv/a b/x" /srv/a/x
'
