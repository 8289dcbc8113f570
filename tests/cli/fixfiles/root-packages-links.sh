# needs: rpm
# rpm makes what it does not find: not where a link in another system's database leads
mkdir host db
rpm --dbpath "$PWD/db" --initdb
other_system
mkdir -p img/var/lib/rpm
ln -s "$PWD/host/made" img/var/lib/rpm/rpmdb.sqlite
ln -s "$PWD/host/lock" img/var/lib/rpm/.rpm.lock
fixfiles --root img -R lbl-app check 2>&1 | tail -n 1
ls -A host
# nor in it: it is asked, and that is all
rm img/var/lib/rpm/rpmdb.sqlite img/var/lib/rpm/.rpm.lock
cp db/rpmdb.sqlite img/var/lib/rpm
fixfiles --root img -R lbl-app check 2>&1 | tail -n 1
ls -A img/var/lib/rpm
