# needs: rpm
# rpm itself: two packages, one asked for with its architecture; a directory of the package counts
# with what was made in it; what is missing, a link, a configuration file, names with blanks and stars
mkdir build
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
mkdir -p %{buildroot}/opt/app/data %{buildroot}/opt/all/sub %{buildroot}/etc/app
echo x >"%{buildroot}/opt/all/with  blank"
echo x >"%{buildroot}/opt/all/a*"
echo x >"%{buildroot}/opt/all/sub/x"
echo x >%{buildroot}/opt/app/gone
echo x >%{buildroot}/opt/app/doc
echo x >%{buildroot}/etc/app/conf
ln -s conf %{buildroot}/etc/app/link
%files
%dir /opt/app/data
/opt/all
/opt/app/gone
%doc /opt/app/doc
%config(noreplace) /etc/app/conf
/etc/app/link
%ghost /opt/app/ghost
%package -n lbl-lib
Summary: none
%description -n lbl-lib
none
%files -n lbl-lib
END
rpmbuild -bb --define "_topdir $PWD/build" --define "_build_id_links none" spec >build/log 2>&1 || cat build/log
mv build/RPMS/noarch/*.rpm tree
box '
fixfiles $P -R lbl-app check 2>&1 | tail -n 1
ls -A /root /var/lib 2>/dev/null
rpm -i --nodeps --excludedocs /*.rpm 2>&1 | grep -v "use Alien\|assuming you know"
rm /opt/app/gone
touch /opt/app/data/made /opt/all/sub/made /opt/app/made /opt/app/doc
fixfiles $P -R lbl-app check | sort
fixfiles $P -v -R lbl-app.noarch,lbl-lib restore | wc -l
fixfiles $P --check -R lbl-app-1-1,lbl-lib check; echo $?
fixfiles $P --check -R lbl-app,lbl-none check; echo $?
label /opt/app/made /opt/app/doc /etc/app/link
mv /opt/all/sub /elsewhere
ln -s /elsewhere /opt/all/sub
set_label u:r:wrong_t:s0 /elsewhere/x
fixfiles $P -R lbl-app,lbl-app check
'
