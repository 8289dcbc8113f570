# needs: mount
# the flag is the other system's, and never written through a link; nobody knows what became of
# labels there, so all count
other_system
ls -A / >before
echo 3 >img/.relabel-onboot
fixfiles --root img -T 2 -M onboot
cat img/.autorelabel; echo
ls -A img
rm img/.autorelabel
ln -s "$PWD/tree/etc/passwd" img/.autorelabel
fixfiles --root img onboot; echo $?
cat tree/etc/passwd
rm img/.autorelabel
echo secret >img/secret
ln img/secret img/.autorelabel
fixfiles --root img onboot; echo $?
cat img/secret
ls -A / | cmp before -
