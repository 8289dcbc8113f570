# needs: dpkg
# the database of the other system, asked by this one's dpkg-query
mkdir -p pkg/DEBIAN pkg/opt/app
printf 'Package: lbl-app\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: none\n' >pkg/DEBIAN/control
echo x >"pkg/opt/app/a b"
dpkg-deb --root-owner-group -b pkg app.deb >/dev/null
other_system
mkdir -p img/var/lib/dpkg/info img/var/lib/dpkg/updates
touch img/var/lib/dpkg/status
dpkg --root="$PWD/img" --log=/dev/null --force-depends --force-script-chrootless -i app.deb >/dev/null 2>&1
touch img/opt/app/made
fixfiles --root img -v -R lbl-app restore | sort
# what a hostile list names is looked for there
printf '/../../../../etc/passwd\n/opt/app/out/etc/passwd\n' >>img/var/lib/dpkg/info/lbl-app.list
ln -s "$PWD/tree" img/opt/app/out
fixfiles --root img -v -R lbl-app restore
label tree/etc/passwd img/etc/passwd
fixfiles --root img -R dpkg check; echo $?
