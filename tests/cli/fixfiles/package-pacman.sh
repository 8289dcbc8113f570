# needs: box
mkdir -p tree/opt/real
touch tree/opt/real/x tree/opt/real/y
ln -s real tree/opt/link
box '
mkdir /tools
cat >/tools/pacman <<\END
#!/bin/sh
[ "$*" = "-Qlq -- app" ] && printf "/opt/\n/opt/link/\n/opt/link/x\n"
END
chmod +x /tools/pacman
cp /usr/bin/head /usr/bin/getfattr /tools
PATH=/build/fixfiles:/build/setfiles:/tools
fixfiles $P -v -R app restore
PATH=/tools:/usr/bin
label /opt/real/y
'
