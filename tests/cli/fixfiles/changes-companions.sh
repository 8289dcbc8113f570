# needs: box
# a copy of the one file goes with what is beside it now; a copy with companions of its own, with those
mkdir -p tree/srv/l
touch tree/srv/l/x
box '
echo "/srv/l(/.*)?	system_u:object_r:l_t:s0" >$FC.local
cp $FC /etc/before
echo "/srv/l/x	system_u:object_r:hidden_t:s0" >>$FC
echo "/srv/l/x	system_u:object_r:new_t:s0" >>$FC.local
cp $FC.local /etc/before.local
fixfiles $P -C /etc/before check
rm /etc/before.local
fixfiles $P -C /etc/before check
echo "/srv/l(/.*)?	system_u:object_r:l_t:s0" >/etc/before.local
fixfiles $P -C /etc/before check
'
