#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real file systems, whole, full, failing and odd: cases.py SETFILES CASE [KIND]."""
import contextlib
import os
import re
import socket
import subprocess
import sys

import cases_failing
from place import (OTHER, check, label, main, names, need, set_label, skip, touch, type_of)


def kinds(place, kind):
    """Everything gets its label, nothing is left for a second run."""
    place.make(kind)
    place.tree()
    first = place.run("-v")
    check(first.status == 0 and not first.err, first.said)
    place.all_labelled()
    second = place.run("-v")
    check(second.status == 0 and second.changed() == 0, second.said)


def opened(place, kind):
    """FIFOs, sockets and devices are held, never opened."""
    need("strace")
    with open(place.program, "rb") as f:
        if b"libasan" in f.read():
            skip("strace and the leak check exclude each other")
    place.make(kind)
    place.tree()
    trace = place.scratch + "/trace"
    run = place.run(prefix=["strace", "-f", "-e", "trace=openat,open,openat2", "-o", trace])
    check(run.status == 0, run.said)
    place.all_labelled()
    with open(trace) as f:
        calls = [line for line in f if re.search('"(fifo|socket|char|block|link)"', line)]
    check(len(calls) >= 5, "too few of them were seen: %s" % calls)
    for line in calls:
        check("O_PATH" in line and "O_NOFOLLOW" in line, line)


def overlay(place):
    """What lies in the lower layer is copied up, with its directories; its hard links come apart."""
    for name in ("lower", "upper"):
        os.mkdir(place.scratch + "/" + name)
        place.mount("-t", "tmpfs", "none", at=place.scratch + "/" + name)
    for name in ("up", "work"):
        os.mkdir(place.scratch + "/upper/" + name)
    place.tree(place.scratch + "/lower")
    place.mount("-t", "overlay", "-o", "lowerdir={0}/lower,upperdir={0}/upper/up,workdir={0}/upper/work"
                .format(place.scratch), "none")
    run = place.run("-v")
    check(run.status == 0 and run.changed() > 10, run.said)
    run = place.run("-v")
    check(run.status == 0 and run.changed() == 0, run.said)
    place.all_labelled()
    check(label(place.scratch + "/lower/a/f") is None, "the lower layer was written to")


def read_only(place, kind):
    """One line for the whole of it, and no error."""
    place.make(kind)
    place.tree()
    place.mount("-o", "remount,ro")
    run = place.run("-v")
    check(run.status == 0 and run.out.count("Read only filesystem") == 1, run.said)
    check(re.search("[0-9]+ not labelled: on read-only", run.err), run.said)
    check(place.run("-n", "-v").changed() > 10, "a dry run shows what it would do")


def image(place, kind):
    """A file system that was never writable."""
    source = place.scratch + "/source"
    os.mkdir(source)
    place.tree(source)
    for path in names(source):
        set_label(path)
    path = place.scratch + "/image"
    mkfs = {"squashfs": ["mksquashfs", source, path, "-quiet", "-no-progress"],
            "erofs": ["mkfs.erofs", path, source]}[kind]
    need(mkfs[0])
    subprocess.run(mkfs, check=True, stdout=subprocess.DEVNULL)
    place.mount("-t", kind, "-o", "loop", path)
    check(type_of(place.top + "/a/f") == "old_t", "the image has no labels")
    run = place.run()
    check(run.status == 0 and run.out.count("Read only filesystem") == 1, run.said)


def fill(path):
    """Take all room there is."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    size = 1 << 20
    while size >= 512:
        try:
            while True:
                os.write(fd, b"x" * size)
        except OSError:
            size //= 2
    os.close(fd)


def full(place):
    """A full file system ends the run on it, early and in so many words."""
    path = place.image(["mkfs.ext4", "-q", "-I", "128", "-N", "4096", "-m", "0"], 16 << 20)
    place.mount("-t", "ext4", "-o", "loop", path)
    for i in range(20):
        os.mkdir(place.top + "/%d" % i)
        for k in range(100):
            touch(place.top + "/%d/%d" % (i, k))
    fill(place.top + "/filler")
    run = place.run("-T", "2")
    check(run.status == 255, run.said)
    check(run.err.count("its file system is full") == 1, run.said)
    check(run.err.count("No space left on device") < 20, run.said)
    # of a directory statfs may tell what a user has left
    shown = re.search("(/\\S+): no room for its label", run.err)
    check(shown and os.path.isfile(shown.group(1)), run.said)
    os.unlink(place.top + "/filler")
    check(place.run().status == 0, "with room again it works")
    place.all_labelled()


def full_file(place):
    """A user fills the attributes of his file: no other file suffers."""
    path = place.image(["mkfs.ext4", "-q", "-I", "128", "-b", "4096"], 16 << 20)
    place.mount("-t", "ext4", "-o", "loop", path)
    for i in range(50):
        touch(place.top + "/%d" % i)
    stuffed = place.top + "/25"
    os.setxattr(stuffed, "user.a", b"x" * 4000)
    run = place.run()
    check(run.status == 255 and "is full" not in run.err, run.said)
    check(run.err.count("No space left") == 1, run.said)
    check(all(type_of(p) == "w_t" for p in names(place.top) if p != stuffed), run.said)


def full_stuffed(place):
    """The same where a user has taken almost all room: others' labels need none."""
    path = place.image(["mkfs.ext4", "-q", "-I", "256", "-b", "4096", "-m", "0"], 64 << 20)
    place.mount("-t", "ext4", "-o", "loop", path)
    for i in range(50):
        touch(place.top + "/%d" % i)
    stuffed = place.top + "/25"
    os.setxattr(stuffed, "user.b", b"x" * 60)
    os.setxattr(stuffed, "user.a", b"x" * 4030)
    fill(place.top + "/filler")
    run = place.run()
    check(run.status == 255 and "is full" not in run.err, run.said)
    check(all(type_of(p) == "w_t" for p in names(place.top) if p != stuffed), run.said)


def quota(place):
    """Of an owner without quota no more is tried; all others are labelled."""
    need("setquota", "setpriv")
    path = place.image(["mkfs.ext4", "-q", "-I", "128", "-O", "quota"], 32 << 20)
    place.mount("-t", "ext4", "-o", "loop", path)
    for i in range(40):
        touch(place.top + "/%d" % i)
        if i % 2:
            os.chown(place.top + "/%d" % i, OTHER, OTHER)
            # labels that are alike share a block, unless each is an attribute among others
            os.setxattr(place.top + "/%d" % i, "user.n", b"%d" % i)
        else:
            os.setxattr(place.top + "/%d" % i, "user.n", b"%d" % i)
    used = 20 * 4
    p = subprocess.run(["setquota", "-u", str(OTHER), "0", str(used), "0", "0", place.top],
                       stderr=subprocess.PIPE, text=True, check=False)
    if p.returncode:
        skip("setquota: " + p.stderr.strip())
    for i in range(1, 40, 2):
        os.setxattr(place.top + "/%d" % i, "user.b", b"%d" % i * 300)
    # root is above quotas by one of its capabilities
    run = place.run("-T", "1", prefix=["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-all"])
    if run.status == 0:
        skip("nothing more had to be allocated")
    check(run.err.count("the quota of its owner, or of its group, is used up") == 1, run.said)
    check(run.err.count("Disk quota exceeded") == 1, run.said)
    for i in range(0, 40, 2):
        check(type_of(place.top + "/%d" % i) == "w_t", "%d\n%s" % (i, run.said))


def subvolumes(place):
    """Subvolumes are entered; read-only ones and root's .snapshots are not, unless asked for."""
    need("btrfs")
    place.make("btrfs")

    def btrfs(*words):
        subprocess.run(["btrfs", "subvolume", *words], check=True, stdout=subprocess.DEVNULL)

    btrfs("create", place.top + "/sub")
    place.tree(place.top + "/sub/tree")
    btrfs("snapshot", "-r", place.top + "/sub", place.top + "/frozen")
    btrfs("create", place.top + "/.snapshots")
    os.mkdir(place.top + "/.snapshots/1")
    btrfs("snapshot", place.top + "/sub", place.top + "/.snapshots/1/snapshot")
    run = place.run("-v")
    check(run.status == 0 and "Read only" not in run.out, run.said)
    place.all_labelled(place.top + "/sub")
    check(label(place.top + "/.snapshots") is None, run.said)
    check(label(place.top + "/.snapshots/1") is None, run.said)
    check("frozen: read-only subvolume" in run.out, run.said)
    check("frozen" not in run.err, run.said)
    # who makes his own read-only does not get out of the way unseen
    btrfs("create", place.top + "/his")
    os.chown(place.top + "/his", OTHER, OTHER)
    subprocess.run(["btrfs", "property", "set", place.top + "/his", "ro", "true"], check=True)
    run = place.run()
    check("his: not entered: read-only subvolume" in run.err, run.said)
    check("frozen" not in run.err, run.said)
    btrfs("delete", place.top + "/his")
    run = place.run("--snapshots")
    check(run.status == 0 and run.out.count("Read only filesystem") == 1, run.said)
    place.all_labelled(place.top + "/.snapshots")

    # all of it, with one subvolume mounted by itself: that one is met where it is mounted
    os.mkdir(place.top + "/mnt")
    place.mount("-o", "subvol=sub", place.device(), at=place.top + "/mnt")
    plan = place.run("-R", "--plan", who="restorecon")
    check("skip %s/mnt " % place.top in plan.out and "the same directory as" in plan.out, plan.said)


def bound(place):
    """A directory with two paths is labelled by one of them, however often that is done."""
    place.make("tmpfs")
    os.makedirs(place.top + "/a")
    os.makedirs(place.top + "/z/d")
    touch(place.top + "/a/f")
    place.write_rules("/.* system_u:object_r:w_t:s0\n%s/z/d/.* system_u:object_r:z_t:s0\n" % place.top)
    place.mount("--bind", place.top + "/a", at=place.top + "/z/d")
    for _ in range(2):
        run = place.run("-R", "-v", who="restorecon")
        check(run.status == 0 and type_of(place.top + "/a/f") == "w_t", run.said)
    check("the same directory as" in run.out and run.changed() == 0, run.said)
    # who names it has asked for it
    run = place.run("-R", who="restorecon", operands=[place.top + "/z/d"])
    check(type_of(place.top + "/a/f") == "z_t", run.said)


def debugfs(path, *commands):
    need("debugfs")
    subprocess.run(["debugfs", "-w", "-f", "-", path], input="\n".join(commands) + "\n", text=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def unmounted(place):
    """An image says as a file what it says mounted."""
    size = 32 << 20
    relabel = os.path.join(os.path.dirname(place.program), "relabel")

    def look(path, *options):
        return subprocess.run([relabel, "check", "--image", "--rules", place.rules, *options, path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "LC_ALL": "C"}, check=False, timeout=120)

    place.write_rules("/.* system_u:object_r:w_t:s0\n/d/.* system_u:object_r:d_t:s0\n"
                      "/a/.* -l system_u:object_r:l_t:s0\n/d/fifo -p <<none>>\n")
    for i, options in enumerate(([], ["-b", "1024", "-I", "128"], ["-O", "^extents,^64bit,^dir_index"],
                                 ["-b", "1024", "-O", "^filetype"])):
        path = place.image(["mkfs.ext4", "-q", *options], size, "image%d" % i)
        place.mount("-o", "loop", path)
        place.tree()
        for n in range(200):
            touch(place.top + "/a/b/a-name-that-takes-some-room-in-its-directory-%d" % n)
        os.mkfifo(place.top + "/d/fifo")
        # labels in the inode, in blocks of their own, and too many for an inode
        run = place.run("-F", "-r", place.top)
        check(run.status == 0, run.said)
        os.setxattr(place.top + "/a/f", "user.filler", b"x" * 500)
        subprocess.run(["umount", place.top], check=True)
        said = look(path)
        check(said.returncode == 0 and not said.stdout, said.stdout + said.stderr)
        place.mount("-o", "loop", path)
        for name, text in (("a/b/c/f", "x" * 200), ("a", "system_u:object_r:old_t:s0"), ("a/link", "l"),
                           ("d/f", "system_u:object_r:w_t:s0:c1"), ("a/f", "m")):
            set_label(place.top + "/" + name, text)
        os.removexattr(place.top + "/a/char", "security.selinux", follow_symlinks=False)
        run = place.run("-n", "-v", "-F", "-r", place.top)
        subprocess.run(["umount", place.top], check=True)
        said = look(path, "-F")
        # of a file with two names either may be named
        lines = [sorted(line.replace(place.top, "").replace("/a/b/second", "/a/f")
                        for line in text.splitlines()) for text in (run.out, said.stdout)]
        check(lines[0] == lines[1] and len(lines[0]) == 6, "%s\n%s%s" % (run.said, said.stdout, said.stderr))
        check(said.returncode == 1, "exit %d" % said.returncode)
    # what is kept in ways that are not read is told of, and never all is well
    path = place.image(["mkfs.ext4", "-q", "-O", "inline_data"], size, "inline")
    debugfs(path, "mkdir a", "mkdir a/b")
    said = look(path)
    check(said.returncode not in (0, 1) and "Could not open /a:" in said.stderr, said.stderr)
    path = place.image(["mkfs.ext4", "-q"], size, "journal")
    debugfs(path, "feature needs_recovery")
    said = look(path)
    check(said.returncode not in (0, 1) and "a journal that is not empty" in said.stderr, said.stderr)
    said = look(place.rules)
    check(said.returncode not in (0, 1) and "it is no ext4, or damaged" in said.stderr, said.stderr)


def forged(place):
    """An image in which directories are reached in many ways, or by themselves."""
    relabel = os.path.join(os.path.dirname(place.program), "relabel")

    def look(path):
        run = subprocess.run([relabel, "check", "--image", "--rules", place.rules, path],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env={**os.environ, "LC_ALL": "C"}, check=False, timeout=120)
        check("Sanitizer" not in run.stderr, run.stderr)
        check(run.returncode not in (0, 1) and "Structure needs cleaning" in run.stderr,
              "%d\n%s" % (run.returncode, run.stderr))

    # 2^40 ways to the last one
    path = place.image(["mkfs.ext4", "-q"], 8 << 20, "many")
    way, commands = "", []
    for _ in range(40):
        commands += ["mkdir %s/d" % way, "ln %s/d %s/e" % (way, way)]
        way += "/d"
    debugfs(path, *commands)
    look(path)
    path = place.image(["mkfs.ext4", "-q"], 8 << 20, "round")
    debugfs(path, "mkdir a", "mkdir a/b", "ln a a/b/a", "ln / a/b/top")
    look(path)
    path = place.image(["mkfs.ext4", "-q"], 8 << 20, "twice")
    debugfs(path, "mkdir a", "mkdir b", "ln b a/b")
    look(path)
    # a name without an inode, and one that is something else than it says
    path = place.image(["mkfs.ext4", "-q"], 8 << 20, "free")
    debugfs(path, "mkdir a", "sif a mode 0")
    look(path)
    path = place.image(["mkfs.ext4", "-q"], 8 << 20, "kind")
    debugfs(path, "mkdir a", "sif a mode 0100644")
    look(path)
    # each has a block of its own, and all the same eleven: more than the image holds
    path = place.image(["mkfs.ext2", "-q", "-b", "1024", "-N", "256"], 1 << 20, "shared")
    debugfs(path, "mkdir a", *["expand_dir a"] * 11)
    shared = subprocess.run(["debugfs", "-R", "blocks a", path], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=True).stdout.split()[1:12]
    check(len(shared) == 11, "blocks of a: %s" % shared)
    commands = []
    for d in range(100):
        commands += ["mkdir d%d" % d, "sif d%d size %d" % (d, 12 * 1024)]
        commands += ["sif d%d block[%d] %s" % (d, i + 1, b) for i, b in enumerate(shared)]
    debugfs(path, *commands)
    look(path)


def bulk_below(place, kind):
    """A file system that a walk comes to is read at once as well, by the paths it has there."""
    need("mkfs." + kind)
    place.make(kind)
    home, other = place.top + "/a/home", place.top + "/b"
    os.makedirs(home)
    os.mkdir(other)
    size = {"ext4": 32, "btrfs": 128}[kind] << 20
    place.mount("-t", kind, "-o", "loop", place.image(["mkfs." + kind, "-q"], size, "below"), at=home)
    for top in (place.top, home):
        for d in range(5):
            os.makedirs("%s/d%d/sub" % (top, d))
            for f in range(20):
                touch("%s/d%d/sub/f%d" % (top, d, f))
    # the same names as on the operand's own, and another label
    place.write_rules("/.* system_u:object_r:w_t:s0\n%s(/.*)? system_u:object_r:h_t:s0\n"
                      "%s(/.*)? system_u:object_r:o_t:s0\n" % (home, other))
    for bulk in "auto", "only":
        run = place.run("-R", "--bulk=" + bulk, who="restorecon")
        check(run.status == 0 and type_of(home + "/d1/sub/f1") == "h_t", run.said)
        check(type_of(place.top + "/d1/sub/f1") == "w_t", run.said)
        run = place.run("-R", "-n", "-v", "-v", "--bulk=" + bulk, who="restorecon")
        for top in (place.top, home):
            check(top + ": labels are read in bulk: " + kind in run.out, run.said)
        check(run.changed() == 0, run.said)
        for top in (place.top, home):
            set_label(top + "/d2/sub/f3")
            for path in names(top + "/d3"):
                set_label(path, "system_u:object_r:%s_t:s0" % ("w" if top == home else "h"))
        run = place.run("-R", "-n", "-v", "--bulk=" + bulk, who="restorecon")
        check(sorted(run.out.splitlines()) == sorted(place.run(
            "-R", "-n", "-v", "--bulk=off", who="restorecon").out.splitlines()), run.said)
        check(run.changed() == 2 * 23, run.said)
    # by another mount it has other paths
    place.run("-R", who="restorecon")
    place.mount("--bind", place.top + "/d4", at=other)
    run = place.run("-R", "-e", place.top + "/d4", who="restorecon")
    check(run.status == 0 and type_of(other + "/sub") == "o_t", run.said)
    check(type_of(other + "/sub/f1") == "o_t", run.said)
    # a limit to threads, and none of the table
    run = place.run("-R", "-n", "-v", "-T", "1", who="restorecon")
    check(run.status == 0, run.said)


def bound_moved(place):
    """What its owner can rename is met where root mounted it, by whatever name he has it now."""
    place.make("tmpfs")
    os.chmod(place.top, 0o755)  # a mount point in a sticky directory may be anybody's
    at, own = place.top + "/data", place.top + "/home/own"
    os.makedirs(at)
    os.makedirs(own)
    touch(own + "/f")
    os.chown(place.top + "/home", OTHER, OTHER)
    place.write_rules("/.* system_u:object_r:w_t:s0\n%s/.* system_u:object_r:d_t:s0\n" % at)
    place.mount("--bind", own, at=at)
    for name in "own", "other":
        os.rename(own, place.top + "/home/" + name)
        own = place.top + "/home/" + name
        for _ in range(2):
            run = place.run("-R", "-v", who="restorecon")
            check(run.status == 0 and type_of(at + "/f") == "d_t", run.said)
        check(run.changed() == 0 and own + ": the same directory as" in run.out, run.said)
    # he moves it while the run goes on, and makes another one of its name
    for _ in range(8):
        set_label(at + "/f")
        mover = subprocess.Popen([sys.executable, "-c", MOVER, place.top + "/home", str(OTHER)],
                                 stdout=subprocess.PIPE, text=True)
        mover.stdout.readline()
        run = place.run("-R", who="restorecon")
        mover.kill()
        mover.wait()
        check(run.status == 0 and type_of(at + "/f") == "d_t", run.said)
    run = place.run("-R", "--plan", who="restorecon")
    check("enter %s " % at in run.out, run.said)


MOVER = """
import os, sys
os.chdir(sys.argv[1])
os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
name, n = next(d for d in os.listdir() if os.path.exists(d + "/f")), 0
print("ready", flush=True)
while True:
    n += 1
    os.rename(name, "n%d" % (n % 7))
    name = "n%d" % (n % 7)
    try:
        os.mkdir("other") if n % 2 else os.rmdir("other")
    except OSError:
        pass
"""


@contextlib.contextmanager
def dead_server(dead):
    """A mount at `dead` that never answers."""
    if not os.path.exists("/dev/fuse"):
        skip("no FUSE")
    os.mkdir(dead)
    server = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "dead.py"), dead],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if server.stdout.readline().strip() != "ready":
            skip("no FUSE mount")
        yield server
    finally:
        server.kill()
        server.wait()
        subprocess.run(["umount", "-l", dead], check=False)


def unanswered(place):
    """A dead server costs a time limit, not the run."""
    place.make("tmpfs")
    dead = place.top + "/dead"
    place.tree(place.top + "/tree")
    with dead_server(dead) as server:
        plan = place.run("-R", "--plan", who="restorecon")
        check("skip %s (fuse, nobody): remote" % dead in plan.out, plan.said)
        run = place.run("-R", who="restorecon")
        check(run.status == 0 and run.err.count("not entered: remote file system") == 1, run.said)
        place.all_labelled(place.top + "/tree")
        run = place.run("-R", "-F", "--remote", who="restorecon")
        check(run.status == 255 and "Could not open %s: Connection timed out" % dead in run.err,
              run.said)
        run = place.run(who="restorecon", operands=[dead + "/x", place.top + "/tree/d"])
        check(run.status == 255 and "Connection timed out" in run.err, run.said)
        set_label(place.top + "/tree/d", "u:r:x_t:s0")
        # what was said before it waits is out meanwhile: in a pipe, too
        p = place.start("-R", "--json", "--remote", "-F", "-n", who="restorecon", operands=[place.top + "/tree/d", dead])
        line = p.stdout.readline()
        while line and '"change"' not in line:
            line = p.stdout.readline()
        server.kill()
        rest = p.stdout.read()
        check(p.wait() == 255 and '"ENOTCONN"' in rest, line + rest)


def excluded_unseen(place):
    """What is left out on a dead server is not looked at, whatever leads there."""
    place.make("tmpfs")
    dead, link, config = place.top + "/dead", place.top + "/link", place.scratch + "/config"
    place.tree(place.top + "/tree")
    os.symlink("tree/../dead", link)
    ways = [dead + "/x", link + "/x/..", link + "/y", place.top + "/./" + os.path.basename(link) + "/z"]
    with dead_server(dead):
        for who in ("setfiles", "restorecon"):
            recurse = ["-R"] if who == "restorecon" else []
            run = place.run(*recurse, "-n", *(w for way in ways for w in ("-e", way)), who=who)
            check(run.status == 0 and "exclude" not in run.err, run.said)
        # not asked either, since nothing of it is meant; it was found through the link
        run = place.run("-R", "-n", "--remote", "-e", link + "/../dead", who="restorecon")
        check(run.status == 0 and "timed out" not in run.err, run.said)
        os.mkdir(config)
        with open(config + "/fixfiles_exclude_dirs", "w") as f:
            f.write("\n".join([*ways, link, place.top + "/missing", place.top + "/tree/d"]) + "\n")
        if not os.path.isdir("/etc/selinux"):
            skip("there is no /etc/selinux to put ours over")
        place.mount("--bind", config, at="/etc/selinux")
        run = place.run("--remote", "restore", who="fixfiles")
        check(run.status == 0, run.said)
        said = [line.split("directory ")[1] for line in run.out.splitlines() if line.startswith("skipping")]
        check(said == [*ways, link, place.top + "/tree/d"], run.said)
        check(label(place.top + "/tree/d") is None and type_of(place.top + "/tree/a") == "w_t", run.said)


def stores(place):
    """Object stores are refused, and left alone by who comes along; strangers cannot make one."""
    place.make("tmpfs")
    repo, nix, mine = (place.top + p for p in ("/ostree/repo", "/nix/store", "/home/repo"))
    for at in (repo, mine):
        os.makedirs(at + "/objects/00")
        touch(at + "/objects/00/x.file")
        with open(at + "/config", "w") as f:
            f.write("[core]\nrepo_version=1\nmode=bare\n")
    os.chown(mine + "/objects", OTHER, OTHER)
    os.makedirs(nix + "/.links")
    os.makedirs(nix + "/pkg")
    os.makedirs(place.top + "/x/store/objects")
    run = place.run()
    check(run.status == 0 and run.err.count("not entered: an object store") == 2, run.said)
    for path, want in ((repo, "w_t"), (repo + "/objects/00", None), (nix + "/pkg", None),
                       (mine + "/objects/00/x.file", "w_t"), (place.top + "/x/store/objects", "w_t")):
        check(type_of(path) == want, "%s: %s" % (path, label(path)))
    for operand in (repo + "/objects/00/x.file", nix, nix + "/pkg"):
        run = place.run(operands=[operand])
        check(run.status == 255 and "an object store" in run.err, run.said)
    run = place.run("--stores")
    check(run.status == 0 and type_of(nix + "/pkg") == "w_t", run.said)


def background(place):
    """The program, and its threads, make way."""
    place.make("tmpfs")
    touch(place.top + "/f")
    fifo = place.scratch + "/list"
    os.mkfifo(fifo)
    p = place.start("--background", "-f", fifo, operands=[])
    with open(fifo, "w") as f:
        f.write(place.top + "\n")
        f.flush()
        while type_of(place.top + "/f") != "w_t" and p.poll() is None:
            pass
        with open("/proc/%d/stat" % p.pid) as s:
            nice = int(s.read().rsplit(")", 1)[1].split()[16])
    p.communicate()
    check(p.returncode == 0 and nice == 19, "exit %d, nice %d" % (p.returncode, nice))


def last_status(place, *arguments):
    """What a service manager hears last of a run."""
    name, last = place.scratch + "/notify", ""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(name)
        s.setblocking(False)
        run = place.run(*arguments, prefix=["env", "NOTIFY_SOCKET=" + name])
        os.unlink(name)
        check(run.status == 0, run.said)
        try:
            while True:
                last = s.recv(4096).decode()
        except BlockingIOError:
            return last


def progress(place, kind):
    """A service manager hears how much of a file system is done; btrfs does not tell, the last run does."""
    place.mount("-t", "tmpfs", "none", at="/var/cache")     # what is remembered there is not ours
    place.make(kind)
    place.tree()
    for i in range(100):
        touch("%s/d/%d" % (place.top, i))
    known = r"STATUS=([0-9]+) of about ([0-9]+) files \(([0-9]+)%\), .*[0-9]+ relabelled, 0 errors.*"
    last = last_status(place, "--bulk=off")
    check(re.fullmatch("STATUS=[0-9]+ files, .*" if kind == "btrfs" else known, last), last)
    check(os.path.exists("/var/cache/relabel/counts") == (kind == "btrfs"), "remembered for nothing, or not at all")
    for i in range(10):
        os.unlink("%s/d/%d" % (place.top, i))
    last = last_status(place, "--bulk=off")
    found = re.fullmatch(known, last)
    check(found and int(found.group(3)) >= 80, last)
    if kind == "btrfs":     # read at once, it is known exactly
        os.unlink("/var/cache/relabel/counts")
        found = re.fullmatch(known, last_status(place))
        check(found and int(found.group(3)) >= 95, found)


CASES = {**cases_failing.CASES, **{f.__name__: f for f in (
    kinds, opened, overlay, read_only, image, full, full_file, full_stuffed, quota, subvolumes, bound, bound_moved,
    bulk_below, unmounted, forged,
    unanswered, excluded_unseen, stores, background,
    progress)}}

if __name__ == "__main__":
    main(CASES)
