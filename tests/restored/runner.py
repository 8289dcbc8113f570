# SPDX-License-Identifier: LGPL-2.1-or-later
"""runner: marks the functions that are cases, and runs them, each in a process of its own, on a file
system mounted for all of them."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from rig import Failed, Rig, own_mounts, skip

QUIET, ALONE, BIG = [], [], []


def case(function):
    QUIET.append(function)
    return function


def patient(function):
    """It waits for the daemon's own pauses: the sooner it begins the better."""
    QUIET.insert(0, function)
    return function


def alone(function):
    ALONE.append(function)
    return function


def big(function):
    BIG.append(function)
    return function


class Filesystem:
    """Mounted at `path` while it lives."""

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
        os.truncate(fd, 400 << 20)
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


def run_one(function, rig):
    begin, error = time.monotonic(), None
    try:
        function(rig)
        rig.end()
    except (Failed, OSError, KeyError, ValueError, subprocess.SubprocessError) as e:
        said = rig.said()[-3000:] if os.path.exists(rig.log_file) else ""
        error = "%s: %s\n%s" % (function.__name__, e, said)
    finally:
        rig.close()
    print("%-4s %s (%.1f s)" % ("FAIL" if error else "ok", function.__name__,
                                time.monotonic() - begin))
    if error:
        print(error)
    return not error


class Runner:
    """Cases, each in a process and with mounts of its own, on one file system."""

    def __init__(self, program, back_end, scratch, fs):
        self.program, self.back_end, self.scratch, self.fs = program, back_end, scratch, fs
        self.running = {}
        self.bad = 0

    def run(self, cases, at_once):
        for function in cases:
            self.start(function)
            while len(self.running) >= at_once:
                self.reap()
        while self.running:
            self.reap()

    def start(self, function):
        name = function.__name__
        scratch, top = os.path.join(self.scratch, name), os.path.join(self.fs.path, name)
        os.mkdir(scratch)
        os.mkdir(top)
        pid = os.fork()
        if pid:
            self.running[pid] = scratch
            return
        self.running = {}  # none of ours
        with open(scratch + "/output", "w") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        status = 1
        try:
            if not own_mounts():
                raise OSError("no mount namespace of the case's own")
            status = not run_one(function, Rig(self.program, self.back_end, scratch, top))
            sys.stdout.flush()
        finally:
            os._exit(status)

    def reap(self):
        pid, status = os.wait()
        scratch = self.running.pop(pid)  # what is in `top` goes with the file system
        with open(scratch + "/output", errors="replace") as f:
            print(f.read(), end="", flush=True)
        self.bad += status != 0
        shutil.rmtree(scratch, ignore_errors=True)

    def stop(self):
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)
        while self.running:
            self.running.pop(os.wait()[0], None)


def choose(kind, wanted):
    """What runs at once, and what alone."""
    most = kind == "tmpfs" or wanted or os.environ.get("LBL_ALL")
    return [[c for c in cases if not wanted or c.__name__ in wanted]
            for cases in (QUIET, ALONE + (BIG if most else []))]
