# needs: box
# what the new rules say otherwise, wherever it is; and nothing else, whatever its label
mkdir -p tree/root tree/usr2/lib64/x tree/srv/data tree/home/bob
touch tree/root/x tree/usr2/lib64/x/y tree/usr2/libz tree/srv/data/f tree/home/bob/w
box '
cp $FC /etc/before
echo "/usr2/lib(64)?/x.*	system_u:object_r:lib_t:s0" >>$FC
echo "/root/x	system_u:object_r:rootfile_t:s0" >>$FC
echo "/home/[^/]*/w	system_u:object_r:w_t:s0" >>$FC
fixfiles $P -C /etc/before check | sort
fixfiles $P -v -C /etc/before restore | sort
fixfiles $P check | grep -c Would
fixfiles $P -C /etc/before check
'
