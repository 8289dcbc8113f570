# needs: box
# deeper than there are descriptors, and than a path can be
box '
python3 -c "
import os
os.chdir(\"/tmp\")
for i in range(3000):
    os.mkdir(\"directory\")
    os.chdir(\"directory\")
"
ulimit -n 200
fixfiles $P -v -f relabel >/out || echo "exit: $?"
ls -A /tmp
'
