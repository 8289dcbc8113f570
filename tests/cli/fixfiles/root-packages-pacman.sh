# needs: pacman
# the database of the other system, asked by this one's pacman without its configuration
mkdir -p pkg/opt/app
printf 'pkgname = lbl-app\npkgver = 1-1\npkgdesc = none\nsize = 10\narch = any\n' >pkg/.PKGINFO
echo x >"pkg/opt/app/a b"
(cd pkg && tar -cf ../app.pkg.tar .PKGINFO opt)
other_system
mkdir -p img/var/lib/pacman cache
printf "[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n" >pacman.conf
pacman --config pacman.conf --root "$PWD/img" --dbpath "$PWD/img/var/lib/pacman" --cachedir cache --logfile /dev/null \
	-U --nodeps --noconfirm --noscriptlet --noprogressbar app.pkg.tar >log 2>&1 || cat log
touch img/opt/app/made
fixfiles --root img -v -R lbl-app restore | sort
fixfiles --root img -R lbl-none check; echo $?
