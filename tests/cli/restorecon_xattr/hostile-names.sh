evil=$(printf 'tree/home/a\nb\033[2J')
mkdir "$evil"
restorecon -R -D $P "$T/home"
restorecon_xattr $P -n -r "$T/home" | sed 's/ Digest.*//' | LC_ALL=C sort
ln -s "$T/home" link
restorecon_xattr $P -n link | sed 's/ Digest.*//'
