# SPDX-License-Identifier: LGPL-2.1-or-later
"""File systems to measure on: in an image file or in memory, and a disk with latency below one."""
import os
import signal
import subprocess
import sys
import tempfile
import time

MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}


def run(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def own_mounts():
    """Begin anew with mounts of our own: who copies others' would keep them from going."""
    if "LBL_BENCH" not in os.environ:
        os.environ["LBL_BENCH"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))


def hold_on(nice):
    """For where others use the machine: schedulers may weigh sessions before processes."""
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    try:
        os.setsid()
        with open("/proc/self/autogroup", "w", encoding="utf-8") as f:
            f.write(str(nice))
    except OSError:
        pass


class Memory:
    """A tmpfs."""

    def __init__(self, work):
        self.top = tempfile.mkdtemp(prefix="mnt-", dir=work)
        run("mount", "-t", "tmpfs", "-o", "size=80%,nr_inodes=0", "none", self.top)

    def close(self):
        run("umount", self.top)
        os.rmdir(self.top)


class Image:
    """A file system in a file, on a loop device that keeps nothing of what it reads (direct-io)."""

    def __init__(self, kind, work, files=0):
        self.kind = kind
        self.work = tempfile.mkdtemp(prefix=kind + "-", dir=work)
        self.top = os.path.join(self.work, "mnt")
        self.path = os.path.join(self.work, "image")
        self.below, self.device, self.server, self.mounted = None, None, None, False
        os.mkdir(self.top)
        with open(self.path, "w", encoding="utf-8") as f:
            f.truncate(8 << 30)
        inodes = ["-N", str(files * 5 // 4)] if kind == "ext4" and files > 400000 else []
        run(*MKFS[kind], *inodes, self.path)
        self.attach(self.path)

    def attach(self, path):
        self.below = path
        self.device = run("losetup", "--direct-io=on", "-f", "--show", path)
        run("mount", self.device, self.top)
        self.mounted = True

    def detach(self):
        if self.mounted:
            run("umount", self.top)
        self.mounted = False
        if self.device:
            run("losetup", "-d", self.device)
        self.device = None

    def forget(self):
        """Mount it anew, with a device of its own: others use loop devices, too."""
        self.detach()
        self.attach(self.below)
        if not os.listdir(self.top):
            raise RuntimeError("%s: this is not what was there" % self.top)

    def slow_down(self, program, microseconds):
        """Put a disk below it that takes so long for each read."""
        self.detach()
        where = os.path.join(self.work, "slow")
        os.mkdir(where)
        self.server = subprocess.Popen([program, "-d", str(microseconds), self.path, where])
        until = time.monotonic() + 60
        while not os.path.exists(os.path.join(where, "disk")):
            if self.server.poll() is not None or time.monotonic() > until:
                raise RuntimeError("slowdisk serves nothing")
            time.sleep(0.01)
        self.attach(os.path.join(where, "disk"))

    def reads(self):
        """Reads from the disk so far."""
        with open("/sys/block/%s/stat" % os.path.basename(self.device), encoding="utf-8") as f:
            return int(f.read().split()[0])

    def close(self):
        self.detach()
        if self.server:
            # a detached loop device lets its file go when its last user has
            run("umount", "--lazy", os.path.join(self.work, "slow"))
            self.server.wait(60)
        os.unlink(self.path)
        if os.path.exists(os.path.join(self.work, "slow")):
            os.rmdir(os.path.join(self.work, "slow"))
        os.rmdir(self.top)
        os.rmdir(self.work)
