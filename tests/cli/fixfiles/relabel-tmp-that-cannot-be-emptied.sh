# needs: immutable
# is told, the rest is done, and the status says so
box '
mkdir -p /tmp/a /tmp/b
touch /tmp/a/x /tmp/b/x
chattr +i /tmp/a
fixfiles $P -v -f relabel >/out || echo "exit: $?"
find /tmp
label /etc/passwd
'
