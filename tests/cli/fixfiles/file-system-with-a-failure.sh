# needs: immutable
# the status says so, and the other file systems are labelled
mkdir -p tree/srv/failing tree/srv/fine
box '
mount -t tmpfs none /srv/fine
mount -t tmpfs none /srv/failing
chmod 755 /srv/failing
touch /srv/fine/x
mkdir /srv/failing/d
chattr +i /srv/failing/d
fixfiles $P -v restore >/tmp/out || echo "exit: $?"
grep /srv/f /tmp/out
label /srv/fine/x
'
