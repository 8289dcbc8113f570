# needs: box
# what has to be moved up to be removed is gone through alone
box '
mkdir /tmp/mounted
mount -t tmpfs none /tmp/mounted
python3 -c "
import os
os.chdir(\"/tmp\")
for i in range(70000):
    os.mkdir(\"d\")
    os.chdir(\"d\")
"
fixfiles $P -v -f relabel >/out || echo "exit: $?"
ls -A /tmp
'
