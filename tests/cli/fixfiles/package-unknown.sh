# needs: box
# is an error, told once, and the others are labelled; so is none at all
box '
mkdir /tools
printf "#!/bin/sh\n[ \"\$5\" = app ] && echo 0 /etc/passwd\n" >/tools/rpm
printf "#!/bin/sh\nexit 1\n" | tee /tools/dpkg-query >/tools/pacman
chmod +x /tools/*
PATH=/tools:$PATH
fixfiles $P -v -R none,app,-x restore || echo "exit: $?"
fixfiles $P -v -R "none app" --strict-exit restore || echo "exit: $?"
fixfiles $P -R "" check | head -n 1
fixfiles $P -R " ," check | head -n 1
PATH=/build/fixfiles:/build/setfiles
fixfiles $P -v -R app restore
'
