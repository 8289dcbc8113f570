# SPDX-License-Identifier: LGPL-2.1-or-later
"""rig: a restored of one's own, with its policy, config, run directory and log below a scratch
folder, and a directory it is to watch.  Nothing waits for a fixed time: wait() has a deadline."""
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

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import XATTR, Failed, check, label, libc, own_mounts, skip, touch, type_of

WANT = "system_u:object_r:w_t:s0"
DEADLINE = float(os.environ.get("RESTORED_DEADLINE", "120"))
ATTACKER = 65534
RENAME_EXCHANGE = 2
AT_FDCWD = -100
PR_SET_PDEATHSIG = 1

def run(main):
    """main(), and an exit status."""
    own_mounts()  # where that can be had: what other tests mount is nothing to this daemon
    try:
        main()
    except Failed as e:
        sys.exit("FAILED: %s" % e)


# ---- files -------------------------------------------------------------------------------------


def set_type(path, kind):
    os.setxattr(path, XATTR, b"system_u:object_r:%s:s0\0" % kind.encode(), follow_symlinks=False)


def names(path):
    """All below a directory, itself left out."""
    for root, dirs, files in os.walk(path):
        for name in dirs + files:
            yield os.path.join(root, name)


def unlabelled(path, want=WANT):
    return [p for p in names(path) if label(p) != want]


def exchange(a, b):
    if libc.renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE) < 0:
        raise OSError(ctypes.get_errno(), "renameat2", a)


# ---- judging -----------------------------------------------------------------------------------


def wait(condition, what, deadline=DEADLINE):
    """Often at first, for what comes at once; a look at many files is not to take all the time."""
    end, pause = time.monotonic() + deadline, 0.002
    while not condition():
        if time.monotonic() > end:
            raise Failed("in vain: " + what)
        time.sleep(pause)
        pause = min(pause * 1.3, 0.1)


# ---- the daemon --------------------------------------------------------------------------------


class Rig:
    """`top` is what is watched, "@" in the entries of a config."""

    FLAGS = ("--debug", "--verbose")

    def __init__(self, program, back_end, scratch, top):
        self.program, self.scratch, self.top, self.back_end = program, scratch, top, back_end
        self.rules = scratch + "/policy/contexts/files/file_contexts"
        self.config_file = scratch + "/restored.conf"
        self.log_file = scratch + "/log"
        self.process = None
        os.makedirs(scratch + "/policy/contexts/files")
        os.mkdir(scratch + "/run")
        with open(scratch + "/policy/contexts/customizable_types", "w") as f:
            f.write("custom_t\n")
        self.write_rules("w_t")

    def write_rules(self, kind, tail=""):
        self.replace(self.rules, "/.*\tsystem_u:object_r:elsewhere_t:s0\n"
                     "%s(/.*)?\tsystem_u:object_r:%s:s0\n%s" % (self.top, kind, tail))

    @staticmethod
    def replace(path, text):
        """As most editors do."""
        with open(path + ".new", "w") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def mkdir(self, *parts):
        path = self.path(*parts)
        os.makedirs(path)
        return path

    def config(self, *entries):
        return "".join(e.replace("@", self.top) + "\n" for e in entries)

    def preloads(self, what):
        """While the file returned is there, the daemon is "DEAF" or "SLOW" (deaf.c)."""
        if "DEAF" not in os.environ:
            return None  # by hand: meson knows where it is
        path = self.path(what.lower())
        os.environ.update({"LD_PRELOAD": os.environ["DEAF"], what + "_FILE": path,
                           "ASAN_OPTIONS": "verify_asan_link_order=0"})
        return path

    def start(self, *entries, options=(), config=True, prefix=()):
        """Until it is ready."""
        if entries:
            self.replace(self.config_file, self.config(*entries))
        where = self.scratch + "/notify"
        if os.path.exists(where):
            os.unlink(where)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, \
                open(self.log_file, "ab") as log:
            notify.bind(where)
            notify.settimeout(0.2)
            # what is freed is not to look like growth
            asan = [v for v in (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=4") if v]
            self.process = subprocess.Popen(
                [*prefix, self.program, *self.FLAGS, "--even-if-disabled", "--back-end",
                 self.back_end, "--policy-root", self.scratch + "/policy", "--run-dir",
                 self.scratch + "/run", *(("--config", self.config_file) if config else ()),
                 *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ, NOTIFY_SOCKET=where, ASAN_OPTIONS=":".join(asan)))
            wait(lambda: self.is_ready(notify), "ready")

    def is_ready(self, notify):
        check(self.process.poll() is None, "it ended at once:\n" + self.said())
        try:
            return b"READY=1" in notify.recv(4096)
        except socket.timeout:
            return False

    def said(self):
        with open(self.log_file, "rb") as f:
            return f.read().decode("utf-8", "backslashreplace")

    def status(self):
        p = subprocess.run([self.program, "--status", "--json", "--run-dir", self.scratch + "/run"],
                           capture_output=True, text=True, timeout=DEADLINE)
        check(p.returncode == 0, "--status: " + p.stderr)
        return json.loads(p.stdout)

    def count(self, name):
        return self.status()["counts"][name]

    def directories(self, entry):
        """How many the config's entry of that number is watched in."""
        return self.status()["entries"][entry]["directories"]

    def relabelled(self):
        """Paths, in the order in which it was done."""
        return [line.split()[2] for line in self.said().splitlines()
                if line.startswith("restored: Relabeled ")]

    def memory(self):
        """Resident, in MiB."""
        with open("/proc/%d/status" % self.process.pid) as f:
            return [int(line.split()[1]) for line in f if line.startswith("VmRSS:")][0] / 1024

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def fanotify(self):
        """What the kernel says of each of its fanotify descriptors."""
        proc = "/proc/%d/" % self.process.pid
        for fd in os.listdir(proc + "fd"):
            try:
                if "fanotify" in os.readlink(proc + "fd/" + fd):
                    with open(proc + "fdinfo/" + fd) as f:
                        yield f.read()
            except FileNotFoundError:
                pass  # closed meanwhile

    def instrumented(self):
        with open("/proc/%d/maps" % self.process.pid) as f:
            maps = f.read()
        return "libasan" in maps or "libtsan" in maps

    def stat(self):
        """From the process's state on."""
        with open("/proc/%d/stat" % self.process.pid) as f:
            return f.read().rsplit(")", 1)[1].split()

    def cpu(self):
        fields = self.stat()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def send(self, number):
        self.process.send_signal(number)

    def stop_it(self):
        """And wait until it is stopped."""
        self.send(signal.SIGSTOP)
        wait(lambda: self.stat()[0] == "T", "stopped")

    def end(self):
        """As told, and well."""
        if not self.process:
            return
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
        code = self.process.wait(DEADLINE)
        self.process = None
        check(code == 0, "it ended with %d:\n%s" % (code, self.said()[-3000:]))

    def kill(self):
        if self.process:
            check(self.process.poll() is None, "it had ended by itself")
            self.process.kill()
            self.process.wait()
        self.process = None

    def close(self):
        """Whatever has become of it."""
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None


# ---- another user ------------------------------------------------------------------------------


class HostileRig(Rig):
    """What is watched, tree/, belongs to an attacker; what is in victims/ does not."""

    FLAGS = ("--foreground",)

    def __init__(self, program, back_end):
        scratch = tempfile.mkdtemp(prefix="restored-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        self.tree, self.victims = scratch + "/tree", scratch + "/victims"
        os.chmod(scratch, 0o755)
        super().__init__(program, back_end, scratch, self.tree)
        os.mkdir(self.tree)
        os.makedirs(self.victims + "/dir")
        try:
            self.label_victims()
            os.chown(self.tree, ATTACKER, ATTACKER)
        except OSError as e:
            self.close()
            skip("labels cannot be set here: %s" % e)

    def victim(self, name):
        path = os.path.join(self.victims, name)
        touch(path)
        os.chmod(path, 0o600)
        return path

    def label_victims(self):
        for path in [self.victims, *names(self.victims)]:
            set_type(path, "victim_t")

    def harmed(self):
        """Victims with another label, as text."""
        return ["%s is %s" % (path, type_of(path)) for path in [self.victims, *names(self.victims)]
                if type_of(path) != "victim_t"]

    def close(self):
        super().close()
        shutil.rmtree(self.scratch, ignore_errors=True)


class Attack:
    """A process of the attacker's that calls a function again and again."""

    def __init__(self, work, uid=ATTACKER):
        self.pid = os.fork()
        if self.pid:
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            if uid:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            while True:
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
        check(os.WIFSIGNALED(status), "an attack ended by itself")
