python3 - setfiles -r "$T" "$FC" "$T" <<'END'
import os, re, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
subprocess.run(sys.argv[1:], env=dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify")), check=True)
s.setblocking(False)
last = None
try:
    while True:
        last = s.recv(4096).decode()
except BlockingIOError:
    # how fast and where is not the same each time
    print(re.sub(", [0-9]+ a second|(?<=errors), .*", "", last))
END
