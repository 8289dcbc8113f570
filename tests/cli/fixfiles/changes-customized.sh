# needs: box
# of what is left alone only that is told which is meant
box '
cp $FC /etc/before
echo "/etc/shadow	--	system_u:object_r:new_t:s0" >>$FC
set_label u:r:custom_t:s0 /etc/shadow
set_label u:r:custom_t:s0 /etc/passwd
fixfiles $P -C /etc/before check
'
