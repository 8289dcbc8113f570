# SPDX-License-Identifier: LGPL-2.1-or-later
"""rig: a restored of one's own: its policy, config and run directory below a scratch folder, and a
file system to watch, mounted in it.  Nothing waits for a fixed time: wait() has a deadline."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

XATTR = "security.selinux"
WANT = "system_u:object_r:w_t:s0"
DEADLINE = float(os.environ.get("RESTORED_DEADLINE", "60"))


class Failed(Exception):
    pass


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def label(path):
    try:
        value = os.getxattr(path, XATTR, follow_symlinks=False)
        return value.rstrip(b"\0").decode()
    except OSError:
        return None


def wait(condition, what, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise Failed("in vain: " + what)
        time.sleep(0.01)


def check(condition, what):
    if not condition:
        raise Failed(what)


def touch(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))


def names(path):
    """All below a directory, itself left out."""
    for root, dirs, files in os.walk(path):
        for name in dirs + files:
            yield os.path.join(root, name)


def unlabelled(path, want=WANT):
    return [p for p in names(path) if label(p) != want]


class Filesystem:
    """Mounted at `path` while it lives."""

    SIZE = {"ext4": 400, "xfs": 400, "btrfs": 400}

    def __init__(self, kind, path):
        self.path = path
        self.image = None
        os.mkdir(path)
        if kind == "tmpfs":
            self.run("mount", "-t", "tmpfs", "-o", "mode=755", "none", path)
            return
        if not shutil.which("mkfs." + kind):
            skip("there is no mkfs." + kind)
        fd, self.image = tempfile.mkstemp(prefix="restored-fs-", dir="/var/tmp")
        os.truncate(fd, self.SIZE[kind] << 20)
        os.close(fd)
        try:
            if kind == "ext4":
                self.run("mkfs.ext4", "-q", "-F", "-N", "200000", self.image)
            else:
                self.run("mkfs." + kind, "-q", "-f", self.image)
            self.run("mount", "-o", "loop", self.image, path)
        except SystemExit:
            os.unlink(self.image)
            raise

    @staticmethod
    def run(*argv):
        p = subprocess.run(argv, capture_output=True, text=True)
        if p.returncode:
            skip("%s: %s" % (" ".join(argv), p.stderr.strip()))

    def close(self):
        subprocess.run(["umount", "-R", "-l", self.path], check=False)
        if self.image:
            os.unlink(self.image)


class Rig:
    def __init__(self, program, scratch, top, back_end):
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
        self.replace(self.rules, "/.*\tsystem_u:object_r:default_t:s0\n"
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

    def start(self, *entries, options=(), config=True):
        if entries:
            self.replace(self.config_file, self.config(*entries))
        self.log = open(self.log_file, "w")
        self.process = subprocess.Popen(
            [self.program, "--debug", "--verbose", "--even-if-disabled", "--back-end",
             self.back_end, "--policy-root", self.scratch + "/policy", "--run-dir",
             self.scratch + "/run", *(("--config", self.config_file) if config else ()), *options],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait(lambda: "restored: ready" in self.said() or self.process.poll() is not None, "ready")
        check(self.process.poll() is None, "it ended at once")

    def said(self):
        with open(self.log_file, errors="surrogateescape") as f:
            return f.read()

    def status(self):
        p = subprocess.run([self.program, "--status", "--json", "--run-dir", self.scratch + "/run"],
                           capture_output=True, text=True, timeout=60)
        check(p.returncode == 0, "--status: " + p.stderr)
        return json.loads(p.stdout)

    def count(self, name):
        """Of the status, wherever it stands."""
        def find(o):
            if isinstance(o, dict):
                if name in o:
                    return o[name]
                for v in o.values():
                    found = find(v)
                    if found is not None:
                        return found
            return None
        return find(self.status())

    def memory(self):
        """Resident, in MiB."""
        with open("/proc/%d/status" % self.process.pid) as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        raise Failed("no VmRSS")

    def instrumented(self):
        with open("/proc/%d/maps" % self.process.pid) as f:
            maps = f.read()
        return "libasan" in maps or "libtsan" in maps

    def cpu(self):
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def send(self, number):
        self.process.send_signal(number)

    def stop_it(self):
        """And wait until it is stopped."""
        self.send(signal.SIGSTOP)
        wait(lambda: open("/proc/%d/stat" % self.process.pid).read().rsplit(")", 1)[1].split()[0]
             == "T", "stopped")

    def end(self):
        if not self.process:
            return
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
        code = self.process.wait(60)
        self.process = None
        self.log.close()
        check(code == 0, "it ended with %d" % code)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None
