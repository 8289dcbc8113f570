# needs: box
# another order, another spelling, a comment: no file system is gone through
box '
sed "1{h;d};2{G}" $FC >/etc/before
echo "# new" >>$FC
sed "s/\[^\/\]+/[^\/][^\/]*/" -i $FC
cmp -s /etc/before $FC && echo same
fixfiles $P -v -C /etc/before restore
label /etc/passwd
'
