# needs: immutable
# what fails of one package manager's files is no reason to leave out the other's
mkdir -p tree/opt/app tree/opt/lib
box '
mkdir /tools
cat >/tools/rpm <<\END
#!/bin/sh
[ "$5" = app ] && echo "0 /opt/app"
END
cat >/tools/dpkg-query <<\END
#!/bin/sh
echo /opt/lib
END
chmod +x /tools/rpm /tools/dpkg-query
chattr +i /opt/app
PATH=/tools:$PATH
fixfiles $P -v -R app,lib restore || echo "exit: $?"
'
