# needs: dpkg
# the real dpkg: a package made here
mkdir -p pkg/DEBIAN pkg/opt/app
printf 'Package: lbl-app\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: none\n' >pkg/DEBIAN/control
echo x >"pkg/opt/app/a b"
dpkg-deb --root-owner-group -b pkg tree/app.deb >/dev/null
box '
mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates
touch /var/lib/dpkg/status
dpkg --force-depends --force-script-chrootless -i /app.deb >/dev/null 2>&1
touch /opt/app/made
fixfiles $P -v -R lbl-app restore | sort
label /opt/app/made
'
