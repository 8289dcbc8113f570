# libsystemd is optional; without it nothing is sent, and nothing can be seen here
setfiles --version | grep -q +systemd || { echo "STATUS=15 files checked in 9 directories, 15 relabelled"; exit; }
python3 - setfiles -r "$T" "$FC" "$T" <<'END'
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
subprocess.run(sys.argv[1:], env=dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify")), check=True)
s.setblocking(False)
last = None
try:
    while True:
        last = s.recv(4096).decode()
except BlockingIOError:
    print(last)
END
