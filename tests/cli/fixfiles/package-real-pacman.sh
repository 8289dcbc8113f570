# needs: pacman
# pacman itself, whose directories end in slashes; a link to a directory, what is missing, a
# configuration file, names with blanks and stars
make() {
	mkdir -p "$1/opt/$1/dir"
	printf 'pkgname = lbl-%s\npkgver = 1-1\npkgdesc = none\nsize = 10\narch = any\nbackup = opt/%s/conf\n' \
		"$1" "$1" >"$1/.PKGINFO"
	for file in conf "with  blank" "a*" gone dir/x; do
		echo x >"$1/opt/$1/$file"
	done
	ln -s conf "$1/opt/$1/link"
	(cd "$1" && tar -cf "../tree/$1.pkg.tar" .PKGINFO opt)
}
make app
make lib
box '
mkdir -p /var/lib/pacman /var/log
printf "[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n" >/etc/pacman.conf
pacman -U --nodeps --noconfirm --noscriptlet --noprogressbar /*.pkg.tar >/log 2>&1 || cat /log
rm /opt/app/gone
mv /opt/app/dir /opt/app/elsewhere
ln -s elsewhere /opt/app/dir
touch /opt/app/made
fixfiles $P -R lbl-app check | sort
fixfiles $P -v -R lbl-app,lbl-lib restore | wc -l
fixfiles $P --check -R lbl-app,lbl-lib check; echo $?
fixfiles $P --check -R lbl-none check 2>&1 | tail -n 2
label /opt/app/made /opt/app/link
'
