#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bulk.py SETFILES FILESYSTEM: labels read all at once say what labels read one by one say.

On a file system of its own, on a loop device.  Needs root; SELinux must be off, since the contexts
of these tests are none of its policy's."""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import XATTR, label, own_mounts, skip, touch

RIGHT = "u:object_r:right_t:s0"
RULES = "/.*\t%s\n/special(/.*)?\tu:object_r:special_t:s0\n/.*\\.lnk\t-l\tu:object_r:lnk_t:s0\n" \
        "/none(/.*)?\t<<none>>\n" % RIGHT
OPTIONS = {"ext4": [["-I", "256"], ["-I", "128", "-N", "8192", "-O", "^metadata_csum"],
                    ["-b", "1024", "-I", "512"]],
           "btrfs": [[]]}
FILES = 3000


def run(*argv, ok=True):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if ok and p.returncode:
        sys.exit("FAILED: %s: %d\n%s%s" % (" ".join(argv), p.returncode, p.stdout, p.stderr))
    return p


class Mount:
    def __init__(self, kind, options, work):
        self.kind = kind
        self.top = os.path.join(work, "mnt")
        self.image = os.path.join(work, "image")
        self.below = []
        os.makedirs(self.top, exist_ok=True)
        with open(self.image, "w", encoding="utf-8") as f:
            f.truncate(256 << 20)
        force = "-F" if kind == "ext4" else "-f"
        run("mkfs." + kind, "-q", force, *options, self.image)
        p = run("mount", "-o", "loop", self.image, self.top, ok=False)
        if p.returncode:
            skip("no loop mount of %s: %s" % (kind, p.stderr.strip()))

    def path(self, name):
        return os.path.join(self.top, name)

    def mount(self, *argv):
        run("mount", *argv)
        self.below.append(argv[-1])

    def again(self):
        """Nothing of it is in memory any more, and nothing mounted in it."""
        for path in reversed(self.below):
            run("umount", path)
        self.below = []
        run("umount", self.top)
        run("mount", "-o", "loop", self.image, self.top)

    def close(self):
        for path in reversed(self.below):
            run("umount", path)
        run("umount", self.top)
        os.unlink(self.image)


def set_label(path, text):
    os.setxattr(path, XATTR, text.encode() + b"\0", follow_symlinks=False)


def fill(m):
    """A tree with labels right, wrong, long and missing, of inodes of all kinds."""
    rnd = random.Random(1)
    for d in range(30):
        os.makedirs(m.path("d%d/sub" % d))
        for f in range(FILES // 30):
            touch(m.path("d%d/f%d" % (d, f)))
    os.makedirs(m.path("special/deep/er"))
    os.makedirs(m.path("special/bound"))
    os.makedirs(m.path("none/x"))
    os.makedirs(m.path("mounted/hidden"))
    touch(m.path("file-mounted"))
    for i in range(50):
        os.symlink("x" * (i * 3 + 1), m.path("special/l%d.lnk" % i))
        os.mkfifo(m.path("special/p%d" % i))
        os.link(m.path("d1/f%d" % i), m.path("d2/link%d" % i))
    # a directory older than the one it is in, names that do not fit beside each other in an item,
    # and entries that do not fit into one search
    os.makedirs(m.path("newer/below"))
    os.rename(m.path("d0"), m.path("newer/below/older"))
    os.makedirs(m.path("many"))
    touch(m.path("many/first"))
    for i in range(100):
        os.link(m.path("many/first"), m.path("many/%d%s" % (i, "x" * 240)))
    os.makedirs(m.path("large"))
    for i in range(800):
        touch(m.path("large/%d%s" % (i, "y" * 100)))
    for base, dirs, files in os.walk(m.top):
        for name in dirs + files:
            path = os.path.join(base, name)
            what = rnd.random()
            if what < 0.05:
                continue
            if what < 0.15 and not os.path.islink(path) and os.path.isfile(path):
                os.setxattr(path, "user.filler", b"f" * rnd.randrange(200))
            if what < 0.2:
                set_label(path, "u:object_r:wrong%d_t:s0" % rnd.randrange(20))
            elif what < 0.25:
                set_label(path, RIGHT + ":c" + "0" * rnd.randrange(30, 500))
            else:
                set_label(path, RIGHT)


def lines(text):
    return sorted(text.splitlines())


class Tests:
    def __init__(self, setfiles, m, rules):
        self.setfiles, self.m, self.rules = setfiles, m, rules

    def go(self, *options, operand=None, ok=True):
        return run(self.setfiles, *options, "-r", self.m.top, self.rules, operand or self.m.top,
                   ok=ok)

    def same(self, what, *options):
        one = self.go("--bulk=off", "-n", "-v", *options).stdout
        for how in "auto", "only":
            many = self.go("--bulk=" + how, "-n", "-v", *options).stdout
            if lines(one) != lines(many):
                sys.exit("FAILED: %s: --bulk=%s says otherwise\n%s" %
                         (what, how, "\n".join(sorted(set(lines(one)) ^ set(lines(many)))[:20])))
        return one

    def used(self):
        p = self.go("-n", "-v", "-v")
        if "labels are read in bulk: " not in p.stdout:
            sys.exit("FAILED: not read in bulk: %s" % p.stdout[:500])

    def equal_answers(self):
        """What is there, what is mounted over, what is missing: no difference."""
        if len(lines(self.same("a mixed tree"))) < FILES // 10:
            sys.exit("FAILED: nothing to find in a tree with wrong labels")
        self.same("a mixed tree, forced", "-F")
        self.same("a mixed tree, links not tracked", "-A")
        self.m.mount("-t", "tmpfs", "none", self.m.path("mounted"))
        touch(self.m.path("mounted/f"))
        self.m.mount("--bind", self.m.path("d3/f1"), self.m.path("file-mounted"))
        self.same("mounts in the tree")
        # the same file system again, where the rules want something else
        self.m.mount("--bind", self.m.path("d12"), self.m.path("special/bound"))
        self.same("a part of it at two paths")

    def relabels(self):
        """A run with a table leaves nothing to do for one without."""
        self.go("--bulk=only", "-F")
        left = self.go("--bulk=off", "-n", "-v", "-F").stdout
        if left:
            sys.exit("FAILED: left to do after a run in bulk:\n%s" % left[:2000])
        if self.same("a right tree", "-F"):
            sys.exit("FAILED: the right tree has something to do")

    def calls(self, *names):
        """How often each was made in a run with two threads."""
        out = self.m.image + ".strace"
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        subprocess.run(["strace", "-f", "-o", out, self.setfiles, "-T", "2", "-r", self.m.top,
                        self.rules, self.m.top], check=True, env=env)
        with open(out, encoding="utf-8", errors="replace") as f:
            lines = f.readlines()
        os.unlink(out)
        return [sum(any(" %s(" % n in line for n in name.split("|")) for line in lines)
                for name in names]

    def few_calls(self):
        """The point of it: of a right tree no label is read by itself, and no directory either."""
        if not shutil.which("strace"):
            print("no strace: calls are not counted")
            return
        reads, lists, searches = self.calls("getxattrat|syscall_0x1d0|lgetxattr|fgetxattr|getxattr",
                                            "getdents64", "ioctl")
        if reads > FILES // 20:
            sys.exit("FAILED: %d labels of a right tree read one by one" % reads)
        # mounts in the tree are walked, and the directories they are in
        if lists > 20:
            sys.exit("FAILED: directories of a right tree are read: %d calls" % lists)
        if searches > 64 + 30 * FILES // 1000:
            sys.exit("FAILED: %d ioctls for %d files" % (searches, FILES))

    def deep_down(self):
        """One thing is wrong, wherever it is: found, though nobody would go there."""
        self.go("--bulk=off", "-F")
        for name in ("d3/f70", "d9/sub", "newer/below/older/f1", "newer/below/older/sub", "large",
                     "special/deep/er", "special/l7.lnk", "d2/link3", "many/first"):
            set_label(self.m.path(name), "u:object_r:wrong_t:s0")
            told = self.same("one wrong label at " + name)
            if name not in told and "link" not in name and "many" not in name or not told:
                sys.exit("FAILED: %s is wrong and not found: %s" % (name, told))
            self.go()
            if self.go("--bulk=off", "-n", "-v").stdout:
                sys.exit("FAILED: %s is not put right" % name)

    def asked_for_rings(self, *options, refused=False):
        """How often io_uring_setup() is called by a run over a tree that is not in memory."""
        out = self.m.image + ".strace"
        inject = ["-e", "inject=io_uring_setup:error=EACCES"] if refused else []
        self.m.again()
        run("env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-o", out, "-e",
            "trace=io_uring_setup", *inject, self.setfiles, "-T", "8",
            *options, "-r", self.m.top, self.rules, self.m.top)
        with open(out, encoding="utf-8", errors="replace") as f:
            n = sum("io_uring_setup(" in line for line in f)
        os.unlink(out)
        return n

    def rings(self):
        """A refusal is asked for once in a run, by whichever thread; none is with --io=sync."""
        if not shutil.which("strace") :
            return
        if self.asked_for_rings("-n") == 0:
            print("no ring, or nothing read from the device: rings are not counted")
            return
        for bulk in "only", "off":
            if self.asked_for_rings("-n", "--io=sync", "--bulk=" + bulk):
                sys.exit("FAILED: a ring with --io=sync --bulk=" + bulk)
            for d in range(1, 30):
                set_label(self.m.path("d%d/f1" % d), "u:object_r:wrong_t:s0")
            n = self.asked_for_rings("--io=uring", "--bulk=" + bulk, refused=True)
            if n != 1:
                sys.exit("FAILED: --bulk=%s: %d requests for rings that are refused" % (bulk, n))
            if label(self.m.path("d7/f1")) != RIGHT:
                sys.exit("FAILED: --bulk=%s: not labelled where rings are refused" % bulk)

    def digests(self):
        """Who wants them wants them in each directory, whatever was found right at once."""
        where = ["d9", "d9/sub", "newer/below/older/sub", "large"]
        self.go("-D", "--bulk=only")
        for name in where:
            if "security.sehash_relabel" not in os.listxattr(self.m.path(name)):
                sys.exit("FAILED: no digest at " + name)

    def while_others_write(self):
        """Labels change under it: files nobody touches are never told of, none is left wrong."""
        busy = [self.m.path("d%d/f%d" % (d, f)) for d in range(5, 10) for f in range(20)]
        stop = threading.Event()

        def write():
            n = 0
            while not stop.is_set():
                path = busy[n % len(busy)]
                set_label(path, "u:object_r:busy_t:s0" + "x" * (n % 90))
                os.setxattr(path, "user.filler", b"f" * (n % 150))
                set_label(path, RIGHT)
                n += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(10):
                for line in lines(self.go("--bulk=only", "-n", "-v").stdout):
                    if not any(path + " from " in line for path in busy):
                        sys.exit("FAILED: told of a file that is right: " + line)
                self.go("--bulk=only")
        finally:
            stop.set()
            writer.join()
        self.go("--bulk=only", "-F")
        wrong = [p for p in busy if label(p) != RIGHT]
        if wrong:
            sys.exit("FAILED: left wrong: %s" % wrong[:5])

    def while_names_change(self):
        """Entries come, go and move under it: those nobody touches are found all the same."""
        dirs = [self.m.path("d%d" % d) for d in range(14, 18)]
        wrong = sorted(os.path.join(d, "untouched%d" % i) for d in dirs for i in range(5))
        for path in wrong:
            touch(path)
            set_label(path, "u:object_r:wrong_t:s0")
        stop = threading.Event()

        def rename():
            n = 0
            while not stop.is_set():
                d = dirs[n % len(dirs)]
                names = [os.path.join(d, "%d%s" % (n + i, "n" * 180)) for i in range(60)]
                for name in names:
                    touch(name)
                for name in names:
                    os.rename(name, name + "moved")
                for name in names:
                    os.unlink(name + "moved")
                n += 1

        busy = threading.Thread(target=rename)
        busy.start()
        try:
            for _ in range(500 if os.environ.get("LBL_ALL") else 12):
                told = self.go("--bulk=only", "-n", "-v").stdout
                missed = [path for path in wrong if path + " from " not in told]
                if missed:
                    sys.exit("FAILED: missed while names changed: %s" % missed[:5])
        finally:
            stop.set()
            busy.join()
        for path in wrong:
            os.unlink(path)

    def when(self):
        """auto: the top of a file system only; only: fails where it cannot."""
        sub = self.m.path("d1")
        if "bulk" in self.go("-n", "-v", "-v", operand=sub).stdout:
            sys.exit("FAILED: auto reads a whole file system for a part of it")
        if "in bulk: " not in self.go("-n", "-v", "-v", "--bulk=only", operand=sub).stdout:
            sys.exit("FAILED: only does not do it for a part")
        if "bulk" in self.go("-n", "-v", "-v", "--bulk=off").stdout:
            sys.exit("FAILED: off does it")
        p = self.go("--bulk=only", operand=self.m.path("mounted"), ok=False)
        if p.returncode != 255 or "cannot be read in bulk: it is of another type" not in p.stderr:
            sys.exit("FAILED: only, on tmpfs: %d %s" % (p.returncode, p.stderr))

    def subvolumes(self):
        """Each has inode numbers of its own; none is taken for another's."""
        if not shutil.which("btrfs"):
            return
        sub = self.m.path("d4/volume")
        run("btrfs", "subvolume", "create", sub)
        for i in range(200):
            touch(sub + "/f%d" % i)
            set_label(sub + "/f%d" % i, "u:object_r:wrong_t:s0" if i % 2 else RIGHT)
        run("btrfs", "subvolume", "snapshot", sub, self.m.path("d4/copy"))
        told = self.same("subvolumes")
        for name in "volume", "copy":
            if sum("d4/%s/f" % name in line for line in lines(told)) != 100:
                sys.exit("FAILED: wrong labels in %s" % name)
        if "in bulk: btrfs, 20" not in self.go("-n", "-v", "-v", "--bulk=only", operand=sub).stdout:
            sys.exit("FAILED: the subvolume's own tree was not read")

    def many_names(self):
        """However many names one inode has, no more than a round of them is kept."""
        names = self.m.path("d4/names")
        os.mkdir(names)
        set_label(names, RIGHT)
        touch(names + "/first")
        set_label(names + "/first", RIGHT)
        for i in range(42000):
            os.link(names + "/first", "%s/%0248d" % (names, i))
        self.same("many names")
        p = subprocess.run([self.setfiles, "-n", "-r", self.m.top, self.rules, self.m.top],
                           env={**os.environ, "LBL_DEBUG": "tree"}, stderr=subprocess.PIPE,
                           text=True, check=True)
        kept = [int(n) for n in re.findall(r"(\d+) bytes of names", p.stderr)]
        if len(kept) < 2 or max(kept) > 10 << 20:
            sys.exit("FAILED: names that were kept: %s" % kept)
        shutil.rmtree(names)

    def without_device(self):
        """No way to the device: auto goes without, only says so."""
        if not shutil.which("unshare"):
            return
        hide = "mount -t tmpfs none /dev && exec \"$@\""
        argv = ["unshare", "-m", "sh", "-c", hide, "sh", self.setfiles, "-n", "-v", "-r",
                self.m.top, self.rules, self.m.top]
        set_label(self.m.path("d1/f1"), "u:object_r:wrong_t:s0")
        if len(lines(run(*argv).stdout)) != 1:
            sys.exit("FAILED: auto without a device")
        p = run(*argv[:7], "--bulk=only", *argv[7:], ok=False)
        if p.returncode != 255 or "block device cannot be opened" not in p.stderr:
            sys.exit("FAILED: only, without a device: %d %s" % (p.returncode, p.stderr))


def main():
    setfiles, kind = os.path.abspath(sys.argv[1]), sys.argv[2]
    if os.geteuid() != 0:
        skip("needs root")
    if os.path.exists("/sys/fs/selinux/enforce"):
        skip("SELinux is enabled: the contexts of these tests are none of its policy's")
    if not shutil.which("mkfs." + kind):
        skip("there is no mkfs." + kind)
    if not own_mounts():
        skip("no mount namespace can be had")
    with tempfile.TemporaryDirectory(prefix="relabel-bulk-", dir="/var/tmp") as work:
        rules = os.path.join(work, "rules")
        with open(rules, "w", encoding="utf-8") as f:
            f.write(RULES)
        for options in OPTIONS[kind]:
            m = Mount(kind, options, work)
            try:
                fill(m)
                t = Tests(setfiles, m, rules)
                t.used()
                t.equal_answers()
                t.relabels()
                t.few_calls()
                if options is OPTIONS[kind][0]:
                    t.deep_down()
                    t.digests()
                t.while_others_write()
                t.while_names_change()
                t.when()
                if kind == "ext4":
                    t.without_device()
                    t.rings()
                else:
                    t.subvolumes()
                    t.many_names()
            finally:
                m.close()
            print("ok", kind, *options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
