# SPDX-License-Identifier: LGPL-2.1-or-later
"""What attack.py and soak.py share: a daemon in a place of its own, and another user."""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

XATTR = "security.selinux"
ATTACKER = 65534
RENAME_EXCHANGE = 2
AT_FDCWD = -100

libc = ctypes.CDLL(None, use_errno=True)


def exchange(a, b):
    if libc.renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE) < 0:
        raise OSError(ctypes.get_errno(), "renameat2", a)


def label(path):
    """The type of a file's label, "" if it has none; None: no such file."""
    try:
        context = os.getxattr(path, XATTR, follow_symlinks=False)
        return context.rstrip(b"\0").split(b":")[2].decode()
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def set_label(path, kind):
    os.setxattr(path, XATTR, b"system_u:object_r:%s:s0\0" % kind.encode(), follow_symlinks=False)


def fail(text):
    print("FAILED: " + text)
    raise SystemExit(1)


def wait_for(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            fail("waited %d s for %s" % (seconds, what))
        time.sleep(0.02)


class Place:
    """A scratch directory with tree/, which belongs to the attacker, and victims/, which do not."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="restored-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        os.chmod(self.top, 0o755)
        self.tree = os.path.join(self.top, "tree")
        self.victims = os.path.join(self.top, "victims")
        self.policy = os.path.join(self.top, "policy")
        for d in ("tree", "victims", "victims/dir", "run", "policy/contexts/files"):
            os.makedirs(os.path.join(self.top, d))
        try:
            for d in ("victims", "victims/dir"):
                set_label(os.path.join(self.top, d), "victim_t")
            os.chown(self.tree, ATTACKER, ATTACKER)
        except OSError as e:
            self.remove()
            print("SKIP: labels cannot be set here: %s" % e)
            raise SystemExit(77)
        self.write_rules("web_t")

    def write_rules(self, kind):
        path = os.path.join(self.policy, "contexts/files/file_contexts")
        with open(path + ".new", "w") as f:
            f.write("/.*\tsystem_u:object_r:elsewhere_t:s0\n"
                    "%s(/.*)?\tsystem_u:object_r:%s:s0\n" % (self.tree, kind))
        os.rename(path + ".new", path)

    def victim(self, name):
        path = os.path.join(self.victims, name)
        with open(path, "w"):
            pass
        os.chmod(path, 0o600)
        return path

    def label_victims(self):
        for base, dirs, files in os.walk(self.victims):
            for name in dirs + files:
                set_label(os.path.join(base, name), "victim_t")

    def harmed(self):
        """Victims with another label, as text."""
        bad = []
        for base, dirs, files in os.walk(self.victims):
            for path in [base] + [os.path.join(base, name) for name in dirs + files]:
                if label(path) != "victim_t":
                    bad.append("%s is %s" % (path, label(path)))
        return bad

    def remove(self):
        shutil.rmtree(self.top, ignore_errors=True)


class Daemon:
    def __init__(self, program, place, config, *options, prefix=()):
        self.program, self.place = program, place
        self.config = os.path.join(place.top, "config")
        with open(self.config, "w") as f:
            f.writelines(line + "\n" for line in config)
        self.log_path = os.path.join(place.top, "log")
        self.options, self.prefix = options, prefix
        self.start()

    def start(self):
        where = os.path.join(self.place.top, "notify")
        if os.path.exists(where):
            os.unlink(where)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(where)
        notify.settimeout(0.2)
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            list(self.prefix) + [self.program, "--foreground", "--even-if-disabled", "--policy-root",
            self.place.policy, "-f", self.config, "--run-dir", os.path.join(self.place.top, "run")] +
            list(self.options), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            # what is freed is not to look like growth
            env=dict(os.environ, NOTIFY_SOCKET=where, ASAN_OPTIONS=":".join(
                filter(None, (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=4")))))
        log.close()
        end = time.monotonic() + 120
        said = b""
        while b"READY=1" not in said:
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                fail("the daemon did not get ready:\n" + self.log())
            try:
                said = notify.recv(4096)
            except socket.timeout:
                pass
        notify.close()

    def end(self, signum=signal.SIGTERM):
        """-> exit status, negative: killed by a signal"""
        self.process.send_signal(signum)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            fail("the daemon did not end")

    def stop(self):
        status = self.end()
        if status != 0:
            fail("the daemon ended with %d:\n%s" % (status, self.log()))

    def log(self):
        with open(self.log_path, "rb") as f:
            return f.read().decode("utf-8", "backslashreplace")

    def status(self):
        text = subprocess.run([self.program, "--status", "--json", "--run-dir",
                               os.path.join(self.place.top, "run")], stdout=subprocess.PIPE)
        if text.returncode != 0:
            fail("no status; the log:\n" + self.log())
        return json.loads(text.stdout)

    def memory(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return [int(s.split()[1]) for s in f if s.startswith("VmRSS")][0] / 1024

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def is_asan(self):
        with open("/proc/%d/maps" % self.process.pid) as f:
            return "libasan" in f.read()


class Attack:
    """A process of the attacker's that calls a function again and again."""

    def __init__(self, work, uid=ATTACKER):
        self.pid = os.fork()
        if self.pid:
            return
        try:
            if uid:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            signal.alarm(3600)
            while os.getppid() != 1:
                work()
        except OSError as e:
            print("the attack cannot go on: %s" % e, file=sys.stderr)
            os._exit(1)
        except BaseException as e:
            print("the attack broke: %r" % e, file=sys.stderr)
            os._exit(2)
        os._exit(0)

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        if not os.WIFSIGNALED(status):
            fail("an attack ended by itself")
