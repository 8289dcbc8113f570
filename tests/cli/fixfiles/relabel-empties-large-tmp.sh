# needs: box
# the names of a large directory are never all in memory: 100,000 of 200 bytes, which are 20 MB
box '
python3 -c "
import os
import subprocess

def peak():
    pid = os.spawnlp(os.P_NOWAIT, \"fixfiles\", \"fixfiles\", \"-l\", \"/out\", \"-f\", \"relabel\")
    return os.wait4(pid, 0)[2].ru_maxrss

os.environ[\"LBL_POLICY_ROOT\"] = \"/policy\"
# which would keep what was freed
os.environ[\"ASAN_OPTIONS\"] = os.environ.get(\"ASAN_OPTIONS\", \"\") + \":quarantine_size_mb=1\"
few = peak()
for i in range(100000):
    os.mknod(\"/tmp/\" + \"%0200d\" % i)
for i in range(1000):
    os.makedirs(\"/tmp/d%d/%s\" % (i, \"x\" * 200))
many = peak()
print(\"much more\" if many > few + 8192 else \"the same\")
"
ls -A /tmp
grep -v % /out
'
