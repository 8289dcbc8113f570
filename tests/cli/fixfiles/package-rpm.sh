# needs: box
# only files that are there in state normal; names are no patterns; an owned directory with all in it
mkdir -p tree/opt/app/data
touch tree/opt/app/data/made tree/opt/app/gone "tree/opt/a*" tree/opt/ab "tree/opt/with blank"
box '
mkdir /tools
cat >/tools/rpm <<\END
#!/bin/sh
printf "[%s]" "$@" >>/tmp/asked
[ "$5" = app ] || { echo "package $5 is not installed"; exit 1; }
printf "0 /opt/app/data\n1 /opt/app/gone\n0 /opt/a*\n0 /opt/with blank\n0 /opt/missing\n(contains no files)\n"
END
chmod +x /tools/rpm
PATH=/tools:$PATH
fixfiles $P -v -R app restore
cat /tmp/asked
'
