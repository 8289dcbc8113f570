# needs: rpm
# the database of the other system, asked by this one's rpm; a link in it leads nowhere else
cat >spec <<END
Name: lbl-app
Version: 1
Release: 1
Summary: none
License: none
BuildArch: noarch
%description
none
%install
mkdir -p %{buildroot}/opt/app %{buildroot}/opt/all
echo x >%{buildroot}/opt/app/x
%files
/opt/app/x
%dir /opt/all
END
rpmbuild -bb --define "_topdir $PWD/build" --define "_build_id_links none" spec >log 2>&1 || cat log
other_system
rpm --root "$PWD/img" --dbpath /usr/lib/sysimage/rpm -i --nodeps build/RPMS/noarch/*.rpm 2>&1 |
	grep -v "use Alien\|assuming you know"
touch img/opt/all/made img/opt/app/made
fixfiles --root img -v -R lbl-app restore | sort
fixfiles --root img -R lbl-none check 2>&1 | tail -n 1
mv img/usr/lib/sysimage/rpm host
ln -s "$PWD/host" img/usr/lib/sysimage/rpm
fixfiles --root img -R lbl-app check 2>&1 | tail -n 1
ls -A img/var/lib img/root 2>/dev/null
