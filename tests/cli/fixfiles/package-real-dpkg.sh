# needs: dpkg
# dpkg itself: two packages, one asked for with its architecture, and one for another architecture;
# a diverted file, what is missing, a link, a configuration file, names with blanks and stars
make() {
	mkdir -p "$1/DEBIAN" "$1/opt/$1/dir" "$1/etc/$1"
	printf 'Package: lbl-%s\nVersion: 1\nArchitecture: %s\nMulti-Arch: same\nMaintainer: nobody <n@example.org>\nDescription: none\n' \
		"$1" "$(dpkg --print-architecture)" >"$1/DEBIAN/control"
	echo "/etc/$1/conf" >"$1/DEBIAN/conffiles"
	for file in "etc/$1/conf" "opt/$1/with  blank" "opt/$1/a*" "opt/$1/gone" "opt/$1/diverted"; do
		echo x >"$1/$file"
	done
	ln -s conf "$1/etc/$1/link"
	dpkg-deb --root-owner-group -b "$1" "tree/$1.deb" >/dev/null
}
make app
make lib
box '
mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates
touch /var/lib/dpkg/status
dpkg-divert --no-rename --divert /opt/app/diverted.real /opt/app/diverted >/dev/null
dpkg --force-depends --force-script-chrootless -i /*.deb >/dev/null 2>&1
rm /opt/app/gone
touch /opt/app/made /opt/app/diverted
fixfiles $P -R lbl-app check | sort
fixfiles $P -v -R lbl-app:$(dpkg --print-architecture),lbl-lib restore | wc -l
fixfiles $P --check -R lbl-app,lbl-lib check; echo $?
fixfiles $P --check -R lbl-app:sparc check 2>&1 | tail -n 1
fixfiles $P --check -R "lbl*" check 2>&1 | tail -n 1
label /opt/app/made /etc/app/link
'
