# SPDX-License-Identifier: LGPL-2.1-or-later
"""place: file systems of one's own in a mount namespace of one's own, and runs of the program there.

Whatever is mounted goes when the test ends, however it ends: the namespace goes with its last
process, and loop devices with their mounts."""
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import XATTR, Failed, check, label, own_mounts, skip, touch, type_of

OLD = "system_u:object_r:old_t:s0"
OTHER = 65534
# each way labels are read and written: its options, and what is said when it is the one
ENGINES = {"sync": (["--io=sync"], ""), "uring": (["--io=uring"], "64 entries, set up with"),
           "bulk": (["--bulk=only"], "labels are read in bulk: ext4")}


def need(*programs):
    for p in programs:
        if not shutil.which(p):
            skip("no " + p)


def set_label(path, context=OLD):
    os.setxattr(path, XATTR, context.encode() + b"\0", follow_symlinks=False)


def names(top):
    yield top
    for root, dirs, files in os.walk(top):
        for name in dirs + files:
            yield os.path.join(root, name)


class Run:
    def __init__(self, process, out, err):
        self.status, self.out, self.err = process.returncode, out, err
        self.said = "exit %s\n%s%s" % (self.status, out[-3000:], err[-3000:])

    def changed(self):
        return len(re.findall("^(?:Relabeled|Would relabel) ", self.out, re.M))


class Place:
    """`top` is a mount point; rules give w_t to all below it, but d_t to what is called "d"."""

    def __init__(self, program):
        self.program = os.path.abspath(program)
        if os.geteuid() != 0:
            skip("root is needed")
        if not own_mounts():
            skip("no mount namespace can be had")
        self.scratch = tempfile.mkdtemp(prefix="lbl-fs-", dir="/var/tmp")
        self.top = self.scratch + "/top"
        self.rules = self.scratch + "/file_contexts"
        os.mkdir(self.top)
        self.write_rules("/.*  system_u:object_r:w_t:s0\n/(.*/)?d  system_u:object_r:d_t:s0\n")

    def remove(self):
        with open("/proc/self/mounts") as f:
            mounted = [line.split()[1] for line in f]
        for path in reversed(mounted):
            if path.startswith(self.scratch + "/"):
                subprocess.run(["umount", "-l", path], check=False)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def write_rules(self, text):
        with open(self.rules, "w") as f:
            f.write(text)

    def mount(self, *arguments, at=None):
        """Skips where the kernel has not what it takes."""
        p = subprocess.run(["mount", *arguments, at or self.top], stderr=subprocess.PIPE,
                           text=True, check=False)
        if p.returncode:
            skip("mount %s: %s" % (" ".join(arguments), p.stderr.strip()))

    def image(self, mkfs, size, name="image"):
        """An image of `size` bytes made by the words `mkfs`."""
        need(mkfs[0])
        path = self.scratch + "/" + name
        with open(path, "w") as f:
            f.truncate(size)
        p = subprocess.run([*mkfs, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, check=False)
        check(p.returncode == 0, "%s: %s" % (mkfs[0], p.stdout))
        return path

    def make(self, kind):
        """Mount a fresh file system at `top`."""
        if kind == "tmpfs":
            self.mount("-t", "tmpfs", "none")
            return
        mkfs = {"ext4": (["mkfs.ext4", "-q"], 32 << 20), "xfs": (["mkfs.xfs", "-q"], 320 << 20),
                "btrfs": (["mkfs.btrfs", "-q"], 128 << 20)}[kind]
        self.mount("-t", kind, "-o", "loop", self.image(*mkfs))

    def device(self):
        """What is mounted at `top`."""
        with open("/proc/self/mounts") as f:
            return [line.split()[0] for line in f if line.split()[1] == self.top][-1]

    def start(self, *arguments, who="setfiles", operands=None, prefix=()):
        if who != "setfiles":
            policy = self.scratch + "/policy/contexts/files"
            os.makedirs(policy, exist_ok=True)
            shutil.copy(self.rules, policy)
            program = os.path.join(os.path.dirname(self.program), who)
            argv = [program, "--policy-root", self.scratch + "/policy", *arguments]
        else:
            argv = [self.program, *arguments, self.rules]
        argv += [self.top] if operands is None else operands
        return subprocess.Popen([*prefix, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, stdin=subprocess.DEVNULL,
                                env={**os.environ, "LC_ALL": "C"})

    def run(self, *arguments, **how):
        p = self.start(*arguments, **how)
        out, err = p.communicate(timeout=300)
        check("Sanitizer" not in err, err)
        return Run(p, out, err)

    def run_by(self, engine, *arguments, prefix=(), **how):
        """Like run(), in one of the ways of ENGINES."""
        options, says = ENGINES[engine]
        run = self.run(*options, "-v", "-v", *arguments, prefix=["env", "LBL_DEBUG=tree", *prefix], **how)
        if says not in run.out + run.err:
            skip("%s cannot be had here" % engine)
        return run

    def tree(self, top=None):
        """One of each kind; what must not be opened would hang, or do something."""
        top = top or self.top
        os.makedirs(top + "/a/b/c")
        os.makedirs(top + "/d")
        for name in ("a/f", "a/b/f", "a/b/c/f", "d/f"):
            touch(top + "/" + name)
        os.symlink("/etc/passwd", top + "/a/link")
        os.mkfifo(top + "/a/fifo")
        os.mknod(top + "/a/char", stat.S_IFCHR | 0o600, os.makedev(10, 130))
        os.mknod(top + "/a/block", stat.S_IFBLK | 0o600, os.makedev(7, 250))
        with socket.socket(socket.AF_UNIX) as s:
            cwd = os.getcwd()
            os.chdir(top + "/a")
            s.bind("socket")
            os.chdir(cwd)
        os.link(top + "/a/f", top + "/a/b/second")

    def all_labelled(self, top=None):
        for path in names(top or self.top):
            want = "d_t" if os.path.basename(path) == "d" else "w_t"
            check(type_of(path) == want, "%s has %s" % (path, label(path)))


def main(cases):
    program, name = sys.argv[1:3]
    place = Place(program)
    try:
        cases[name](place, *sys.argv[3:])
    except Failed as e:
        sys.exit("FAILED: %s" % e)
    finally:
        place.remove()
