# needs: box
# all but what is mounted there; links are removed, not what they lead to
box '
mkdir -p /tmp/a/b /tmp/.hidden /tmp/mounted /etc/kept
touch /tmp/a/b/c "/tmp/a/new
line" /tmp/.hidden/x /etc/kept/x
mkfifo /tmp/a/fifo
ln -s /etc/kept /tmp/link
ln -s /etc/kept /tmp/a/link
mount -t tmpfs none /tmp/mounted
touch /tmp/mounted/x
fixfiles $P -v -f relabel >/out || echo "exit: $?"
head -n 5 /out
find /tmp /etc/kept | sort
'
