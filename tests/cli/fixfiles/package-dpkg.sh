# needs: box
# directories on the way count alone; diverted files are where they were diverted to
mkdir -p tree/opt/app
touch tree/opt/app/x tree/opt/app/other tree/opt/app/y.real
box '
mkdir /tools
cat >/tools/dpkg-query <<\END
#!/bin/sh
[ "$1 $2 $3" = "-L -- app" ] || exit 1
cat <<EOF
/.
/opt
/opt/app
/opt/app/x
/opt/app/y
diverted by other to: /opt/app/y.real
package diverts others to: /opt/app/other
EOF
END
chmod +x /tools/dpkg-query
PATH=/tools:$PATH
fixfiles $P -v -R app restore | sort
label /opt/app/other
fixfiles $P check /opt
'
