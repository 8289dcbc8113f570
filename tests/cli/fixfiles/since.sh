# needs: box
# what was changed after a time; a file made later with old content, too, and nothing excluded
mkdir -p tree/srv/old tree/srv/out
touch tree/srv/old/x tree/srv/out/x
box '
echo /srv/out >/etc/selinux/fixfiles_exclude_dirs
touch /tmp/now
then=$(stat -c %.9Z /tmp/now)
# the clock of files has ticks
until touch /tmp/now; [ "$(stat -c %.9Z /tmp/now)" != "$then" ]; do :; done
mkdir /srv/new
touch /srv/out/y
touch -d 2001-01-01 /srv/new/copied
touch /srv/old/made
fixfiles $P -N "@$then" -v restore | grep "srv\|Relabeling" | sort
label /srv/new/copied /srv/old/made /srv/out/y /srv/old/x
fixfiles $P -N "2099-01-01 10:00" check | grep -c Would
'
