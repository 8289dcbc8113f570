#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""cases.py RESTORED FILESYSTEM BACKEND [CASE...]: the daemon from one end to the other, on a file
system of its own (tmpfs, ext4, xfs, btrfs) with one back end (inotify, fanotify, auto).  Needs root,
for security.* attributes and for mounting; SELinux is not needed.

Most cases wait most of the time: several run at once, each with a daemon and a directory of its
own.  Those marked alone follow, one at a time: they make so many events that those of others could
be lost.  Those marked big say nothing about a file system that the others do not; they run on tmpfs,
with each back end.  LBL_ALL=1 runs them on all."""
import ctypes
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from rig import Failed, Rig, WANT, check, label, libc, skip, touch, unlabelled, wait

AT_ONCE = 6  # each daemon takes three of the 128 inotify instances a user may have
CLONE_NEWNS = 0x20000
USER_PROCESS, DEAD_PROCESS = 7, 8  # of utmp
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


def relabelled(r):
    """Paths, in the order in which it was done."""
    return [line.split()[2] for line in r.said().splitlines()
            if line.startswith("restored: Relabeled ")]


def directories_of(r, entry):
    """How many it is watched in."""
    return r.status()["entries"][entry]["directories"]


# ---- what comes to be --------------------------------------------------------------------------


@case
def names_are_created(r):
    d = r.mkdir("d")
    touch(d + "/before")
    touch(r.path("beside"))
    r.start("@/d/*", "@/only.this")
    wait(lambda: label(d + "/before") == WANT, "what was there before")
    touch(d + "/file")
    touch(d + "/.hidden")
    os.mkdir(d + "/dir")
    os.symlink("/etc/passwd", d + "/link")
    os.mkfifo(d + "/fifo")
    socket.socket(socket.AF_UNIX).bind(os.path.relpath(d + "/sock"))
    touch(r.path("only.this"))
    touch(r.path("only.that"))
    wait(lambda: not unlabelled(d) and label(r.path("only.this")) == WANT, "all kinds")
    check(label(r.path("only.that")) is None and label(r.path("beside")) is None, "not asked for")
    check(label(d) is None, "the directory itself was not asked for")


@case
def names_are_moved_in(r):
    d, out = r.mkdir("d"), r.mkdir("out")
    r.start("@/d/*.c")
    touch(out + "/a.c")
    os.mkdir(out + "/dir.c")
    touch(out + "/dir.c/x.c")
    for name in "a.c", "dir.c":
        os.rename(out + "/" + name, d + "/" + name)
    wait(lambda: label(d + "/a.c") == label(d + "/dir.c") == WANT, "moved in")
    touch(d + "/b.h")
    os.rename(d + "/b.h", d + "/b.c")
    wait(lambda: label(d + "/b.c") == WANT, "renamed to what is wanted")
    check(label(d + "/dir.c/x.c") is None, "one level only")


@case
def editors_replace(r):
    d = r.mkdir("d")
    r.start("@/d/conf")
    for i in range(20):
        touch(d + "/conf.new")
        os.rename(d + "/conf.new", d + "/conf")
        wait(lambda: label(d + "/conf") == WANT, "replaced %d times" % i)


@case
def each_name_has_its_own_maker(r):
    """Not the last that did something in its directory."""
    if r.back_end == "inotify":
        return
    t = r.mkdir("t")
    r.start("@/t/**")
    r.stop_it()
    makers = {}
    for name in "a", "b", "c":
        with subprocess.Popen(["touch", t + "/" + name]) as p:
            makers[name] = p.pid
    r.send(signal.SIGCONT)
    wait(lambda: not unlabelled(t), "all")
    for name, pid in makers.items():
        check(any("/t/%s from" % name in line and line.endswith("(made by process %d)" % pid)
                  for line in r.said().splitlines()), "%s is of %d" % (name, pid))


@case
def trees_grow(r):
    t = r.mkdir("t")
    r.start("@/t/**")
    for i in range(30):
        path = t + "/%d" % i + "/a/b/c/d/e/f/g/h"
        os.makedirs(path)
        touch(path + "/file")
        touch(t + "/%d/a/file" % i)
    wait(lambda: not unlabelled(t), "mkdir -p and files at once")
    touch(t + "/7/a/b/late")
    wait(lambda: not unlabelled(t), "later, deep down")
    check(label(t) is None, "the top itself was not asked for")


@case
def trees_are_moved_in(r):
    t, out = r.mkdir("t"), r.mkdir("out")
    for i in range(20):
        os.makedirs(out + "/tree/%d/x/y" % i)
        touch(out + "/tree/%d/x/y/f" % i)
    r.start("@/t/**")
    os.rename(out + "/tree", t + "/tree")
    wait(lambda: not unlabelled(t), "a tree that was moved in")
    touch(t + "/tree/3/x/y/later")
    wait(lambda: not unlabelled(t), "later in it")
    os.rename(t + "/tree/3", t + "/three")
    touch(t + "/three/x/new")
    wait(lambda: not unlabelled(t), "in a part that was moved")
    os.rename(t + "/tree", out + "/tree")
    touch(out + "/tree/4/not.ours")
    touch(t + "/ours")
    wait(lambda: not unlabelled(t), "what is left")
    check(label(out + "/tree/4/not.ours") is None, "moved out is out")


@case
def patterns_in_directories(r):
    r.mkdir("srv/one/up")
    touch(r.path("srv/one/up/f"))
    r.start("@/srv/o*/up/*")
    r.mkdir("srv/other/up")
    r.mkdir("srv/not/up")
    for name in "other", "not":
        touch(r.path("srv", name, "up/f"))
    wait(lambda: label(r.path("srv/other/up/f")) == label(r.path("srv/one/up/f")) == WANT,
         "now and later")
    check(label(r.path("srv/not/up/f")) is None, "no such pattern")


@case
def exclusions(r):
    for name in "t/cache", "t/keep", "t/x.tmp":
        touch(r.mkdir(name) + "/before")
    r.start("@/t/**", "!@/t/cache/**", "!@/t/*.tmp")
    for name in "t/cache", "t/keep", "t/x.tmp":
        touch(r.path(name, "after"))
        touch(r.mkdir(name, "sub") + "/after")
    wait(lambda: label(r.path("t/keep/sub/after")) == label(r.path("t/keep/before")) == WANT,
         "kept")
    os.rename(r.path("t/cache"), r.path("t/cash"))
    wait(lambda: label(r.path("t/cash/sub/after")) == WANT, "no cache any more")
    check(label(r.path("t/x.tmp")) is None and label(r.path("t/x.tmp/sub/after")) is None and
          label(r.path("t/x.tmp/before")) is None, "left out")


@case
def one_directory_by_two_spellings(r):
    d = r.mkdir("d")
    r.start("@/d/*.a", "@//d/./*.b", "@/d/*.a")
    touch(d + "/x.a")
    touch(d + "/x.b")
    wait(lambda: not unlabelled(d), "both")


# ---- directories that come and go --------------------------------------------------------------


@case
def directories_come_and_go(r):
    r.start("@/a/b/c/*", "@/t/**")
    for i in range(15):
        r.mkdir("a/b/c")
        r.mkdir("t/u/v")
        touch(r.path("a/b/c/f"))
        touch(r.path("t/u/v/f"))
        wait(lambda: label(r.path("a/b/c/f")) == label(r.path("t/u/v/f")) == WANT,
             "time %d" % i)
        shutil.rmtree(r.path(("a", "a/b", "a/b/c")[i % 3]))
        if i % 3 == 2:
            shutil.rmtree(r.path("a/b"))
        if i % 3 == 1:
            os.rmdir(r.path("a"))
        shutil.rmtree(r.path("t" if i % 2 else "t/u"))
        if not i % 2:
            os.rmdir(r.path("t"))
        if os.path.exists(r.path("a")):
            shutil.rmtree(r.path("a"))


@case
def a_directory_of_a_tree_is_replaced_at_once(r):
    """Whatever is remembered by its name, or held open, must not be taken for the new one."""
    r.mkdir("tree/d")
    r.start("@/tree/**")
    for i in range(20):
        old, new = r.path("tree/d/old%d" % i), r.path("tree/d/new%d" % i)
        touch(old)
        wait(lambda: label(old) == WANT, "a name in the directory that is to go")
        if i % 2:
            shutil.rmtree(r.path("tree/d"))
            os.mkdir(r.path("tree/d"))
        else:
            os.mkdir(r.path("next%d" % i))
            touch(r.path("next%d/moved%d" % (i, i)))
            os.rename(r.path("tree/d"), r.path("gone%d" % i))
            os.rename(r.path("next%d" % i), r.path("tree/d"))
            wait(lambda: label(r.path("tree/d/moved%d" % i)) == WANT, "what came with another")
        touch(new)
        wait(lambda: label(new) == WANT, "a name in the one that came")


@case
def a_directory_is_replaced_while_its_parent_is_throttled(r):
    """A look at the parent takes the new one for the old one, which is still held open, and told to be
    gone only then."""
    r.mkdir("tree/d")
    r.start("@/tree/**", options=("--dir-rate", "100", "--dir-burst", "1"))
    for i in range(10):
        old, new = r.path("tree/d/old%d" % i), r.path("tree/d/new%d" % i)
        touch(old)
        wait(lambda: label(old) == WANT, "a name in the directory that is to go")
        os.mkdir(r.path("tree/other%d" % i))
        shutil.rmtree(r.path("tree/d"))
        os.mkdir(r.path("tree/d"))
        touch(new)
        wait(lambda: label(new) == WANT, "a name in the one that came", 20)


@case
def a_link_takes_no_watch_away(r):
    """A directory moved away and a link to another one put in its place: the other one is watched on."""
    r.mkdir("x")
    r.mkdir("w")
    r.start("@/x/*", "@/w/*")
    touch(r.path("x/first"))
    wait(lambda: label(r.path("x/first")) == WANT, "before")
    os.rename(r.path("x"), r.path("y"))
    os.symlink("w", r.path("x"))
    touch(r.path("y/f"))
    wait(lambda: directories_of(r, 0) == 0, "x is seen to be none")
    touch(r.path("w/f"))
    wait(lambda: label(r.path("w/f")) == WANT, "in the directory the link leads to, by its own name")
    check(label(r.path("y/f")) is None, "what was moved away is none of ours")


@case
def a_parent_is_replaced(r):
    r.mkdir("a/b/c")
    r.start("@/a/b/c/*")
    os.rename(r.path("a"), r.path("old"))
    r.mkdir("a/b/c")
    touch(r.path("old/b/c/f"))
    touch(r.path("a/b/c/f"))
    wait(lambda: label(r.path("a/b/c/f")) == WANT, "in the new one")
    check(label(r.path("old/b/c/f")) is None, "the old one is none of ours")


@case
def mounts_in_a_tree(r):
    r.mkdir("t/mnt/x")
    subprocess.run(["mount", "-t", "tmpfs", "none", r.path("t/mnt/x")], check=True)
    try:
        r.mkdir("t/mnt/x/y")
        r.start("@/t/**")
        touch(r.path("t/mnt/x/y/f"))
        touch(r.path("t/mnt/x/f"))
        os.makedirs(r.path("t/mnt/x/1/2/3"))
        wait(lambda: not unlabelled(r.path("t/mnt/x")), "on a file system mounted in the tree")
        subprocess.run(["mount", "-t", "tmpfs", "none", r.path("t/mnt/x/y")], check=True)
        touch(r.path("t/mnt/x/y/before"))
        r.send(signal.SIGHUP)
        wait(lambda: label(r.path("t/mnt/x/y/before")) == WANT, "mounted later, seen by SIGHUP")
        touch(r.path("t/mnt/x/y/after"))
        wait(lambda: label(r.path("t/mnt/x/y/after")) == WANT, "and watched")
    finally:
        subprocess.run(["umount", "-R", "-l", r.path("t/mnt/x")], check=False)


@case
def subvolumes(r):
    if not shutil.which("btrfs") or subprocess.run(["btrfs", "subvolume", "create", r.path("sub")],
                                                   capture_output=True).returncode:
        return  # another file system
    r.mkdir("sub/t")
    r.start("@/sub/t/**", "@/sub/*")
    os.makedirs(r.path("sub/t/a/b/c"))
    touch(r.path("sub/t/a/b/c/f"))
    wait(lambda: not unlabelled(r.path("sub")), "in a subvolume")
    if r.back_end != "inotify":
        check("by inotify, then" in r.said(), "it was not said why it is not fanotify")


# ---- what hostile users do ---------------------------------------------------------------------


@case
def links_are_planted(r):
    d, out = r.mkdir("d"), r.mkdir("out")
    touch(out + "/shadow")
    os.makedirs(out + "/dir/sub")
    touch(out + "/dir/sub/f")
    r.mkdir("t")
    r.start("@/d/*", "@/t/**", "@/home/*/www/*")
    os.link(out + "/shadow", d + "/hard")
    os.symlink(out + "/shadow", d + "/soft")
    os.link(out + "/shadow", r.path("t/hard"))
    os.symlink(out + "/dir", r.path("t/soft"))
    r.mkdir("home/ann")
    os.symlink(out + "/dir", r.path("home/ann/www"))
    touch(out + "/dir/new")
    os.rename(d, r.path("d.old"))
    os.symlink(out, d)
    touch(out + "/another")
    touch(r.path("t/last"))
    wait(lambda: label(r.path("t/last")) == label(r.path("t/soft")) == WANT, "links themselves")
    r.send(signal.SIGHUP)
    touch(r.path("t/later"))
    wait(lambda: label(r.path("t/later")) == WANT, "after that")
    check(not [p for p in (out + "/shadow", out + "/dir/sub/f", out + "/dir/new", out + "/another",
                           out + "/dir") if label(p)], "something outside was labelled")
    check(r.count("refused_multilink") or "several names" in r.said(), "it was not said")


@case
def names_forge_no_lines(r):
    d = r.mkdir("d")
    r.start("@/d/*", "@/t\x1b/**")
    touch(d + "/a\nrestored: Relabeled shadow from x to y")
    touch(os.fsencode(d) + b"/\x1b[2J\xff\x01")
    touch(r.mkdir("t\x1b/x\ny") + "/z")
    wait(lambda: not unlabelled(d) and not unlabelled(r.path("t\x1b")), "odd names")
    said = r.said()
    check(all(line.startswith("restored: ") for line in said.splitlines()), "a line was forged")
    check("\x1b" not in said, "an escape came through")


@patient
def floods_are_throttled(r):
    d, quiet = r.mkdir("d"), r.mkdir("quiet")
    r.start("@/d/*", "@/quiet/*", options=("--dir-rate", "300", "--dir-burst", "100"))
    before = r.cpu()
    begin = time.monotonic()
    r.stop_it()
    for i in range(1000):
        touch(d + "/%d" % i)
    touch(quiet + "/f")
    r.send(signal.SIGCONT)
    wait(lambda: not unlabelled(d) and label(quiet + "/f") == WANT, "in the end all are")
    check(r.count("throttled"), "it was not throttled")
    check(relabelled(r).index(quiet + "/f") < 500, "others had to wait")
    share = (r.cpu() - before) / (time.monotonic() - begin)
    check(r.instrumented() or share < 0.5, "it took %d %% of a CPU" % (share * 100))


@alone
def floods_of_directories(r):
    t, quiet = r.mkdir("t"), r.mkdir("quiet")
    r.start("@/t/**", "@/quiet/*", options=("--dir-rate", "300", "--dir-burst", "100"))
    for i in range(2000):
        os.makedirs(t + "/%d/x" % i)
        touch(t + "/%d/x/f" % i)
        if i % 2:
            os.rename(t + "/%d/x" % i, t + "/%d/y" % i)
    touch(quiet + "/f")
    wait(lambda: label(quiet + "/f") == WANT, "others do not wait for ever")
    wait(lambda: not unlabelled(t), "in the end all are")
    touch(t + "/1999/y/late")
    wait(lambda: not unlabelled(t), "and are watched")


@alone
def watches_run_out(r):
    t = r.mkdir("t")
    for i in range(60):
        os.mkdir(t + "/%d" % i)
    r.start("@/t/**", options=("--max-dirs", "30", "--poll", "1"))
    for i in range(60):
        touch(t + "/%d/f" % i)
        os.mkdir(t + "/%d/sub" % i)
        touch(t + "/%d/sub/f" % i)
    wait(lambda: not unlabelled(t), "looked at from time to time")
    if r.back_end == "inotify":
        check(r.said().count("which is the limit") == 1, "the limit is explained, once")


def build(path, branches, depth, files, uid):
    """Directories `depth` deep, with as many files and empty directories in each."""
    for _ in range(depth):
        path += "/deeper"
        os.makedirs(path)
        for i in range(files):
            touch(path + "/file%d" % i)
        for i in range(branches):
            os.mkdir(path + "/branch%d" % i)
    for root, dirs, names in os.walk(path.split("/deeper")[0]):
        for name in [root] + [root + "/" + n for n in dirs + names]:
            os.chown(name, uid, uid)
    return path


HOSTILE = 65534


@case
def a_deep_chain_holds_up_nobody(r):
    """Below it there is a directory so large that a look through it takes long."""
    t, out = r.mkdir("t"), r.mkdir("out")
    huge = build(out + "/chain", 0, 22, 1, HOSTILE) + "/huge"
    os.mkdir(huge)
    os.chown(huge, HOSTILE, HOSTILE)
    for i in range(8000):
        touch(huge + "/%d" % i)
    build(out + "/quiet", 3, 5, 3, 0)
    r.start("@/t/**", options=("--dir-rate", "200", "--dir-burst", "50"))
    os.rename(out + "/chain", t + "/chain")
    wait(lambda: label(t + "/chain/deeper") == WANT, "it is at work on the one")
    os.rename(out + "/quiet", t + "/quiet")
    touch(t + "/name")
    wait(lambda: not unlabelled(t + "/quiet") and label(t + "/name") == WANT, "on the other, too")
    left = len(unlabelled(t + "/chain"))
    check(left > 2000, "others waited until of the large one only %d were left" % left)
    wait(lambda: not unlabelled(t), "all, in the end")


@case
def many_scans_hold_up_nobody(r):
    """More directories that take long than can be looked through at a time."""
    t, out = r.mkdir("t"), r.mkdir("out")
    for i in range(60):
        build(out + "/many%d" % i, 0, 1, 100, HOSTILE)
    build(out + "/quiet", 3, 5, 3, 0)
    r.start("@/t/**", options=("--dir-rate", "200", "--dir-burst", "50"))
    for i in range(60):
        os.rename(out + "/many%d" % i, t + "/many%d" % i)
    os.rename(out + "/quiet", t + "/quiet")
    wait(lambda: not unlabelled(t + "/quiet"), "the one that came last")
    left = len(unlabelled(t))
    check(left > 2000, "it waited until of the others only %d were left" % left)
    wait(lambda: not unlabelled(t), "all, in the end")


@case
def a_scan_goes_on_where_it_was(r):
    """Deeper than directories are held open, with more to be looked at on the way back."""
    t, out = r.mkdir("t"), r.mkdir("out")
    build(t + "/before", 5, 120, 20, HOSTILE)
    build(out + "/moved", 5, 120, 20, HOSTILE)
    r.start("@/t/**", options=("--rate", "0", "--dir-rate", "0"))
    wait(lambda: not unlabelled(t), "the first look")
    resource.prlimit(r.process.pid, resource.RLIMIT_NOFILE, (150, 150))
    os.rename(out + "/moved", t + "/moved")
    wait(lambda: not unlabelled(t), "all of what was moved in")
    check("cannot be" not in r.said(), "descriptors ran out")


@case
def directories_without_end_need_no_memory(r):
    """A million of them, on the scale of small limits."""
    t = r.mkdir("t")
    r.start("@/t/**", options=("--max-dirs", "40", "--max-names", "200", "--poll", "1", "--dir-rate",
                               "1000", "--dir-burst", "20"))
    os.chown(t, HOSTILE, HOSTILE)
    for i in range(3000):
        os.mkdir(t + "/%d" % i)
        touch(t + "/%d/f" % i)
        os.chown(t + "/%d" % i, HOSTILE, HOSTILE)
    wait(lambda: not unlabelled(t), "all are found in the end")
    most = r.status()["counts"].get("directories", 1e9)
    check(most < 200, "%d directories were known at a time" % most)


@case
def a_first_look_needs_no_memory(r):
    """There are many directories, far down."""
    t = r.mkdir("t")
    bottom = build(t + "/chain", 0, 40, 1, HOSTILE)
    for i in range(3000):
        os.mkdir(bottom + "/%d" % i)
        touch(bottom + "/%d/f" % i)
    r.start("@/t/**", options=("--max-dirs", "60", "--max-names", "200", "--poll", "3600"))
    wait(lambda: not unlabelled(t), "all")
    most = r.status()["counts"].get("directories", 1e9)
    check(most < 250, "%d directories were known at a time" % most)


@case
def a_directory_more_is_no_allowance_more(r):
    t, quiet = r.mkdir("t"), r.mkdir("quiet")
    os.chown(t, HOSTILE, HOSTILE)
    rate, burst = 100, 20
    r.start("@/t/**", "@/quiet/**", options=("--dir-rate", str(rate), "--dir-burst", str(burst)))
    begin = time.monotonic()
    for i in range(400):
        os.mkdir(t + "/%d" % i)
        os.chown(t + "/%d" % i, HOSTILE, HOSTILE)
        for k in range(10):
            touch(t + "/%d/%d" % (i, k))
    touch(quiet + "/f")
    wait(lambda: label(quiet + "/f") == WANT, "others do not wait")
    done = r.count("relabelled")
    most = 2 * (burst + rate * (time.monotonic() - begin))
    # what is found in a scan costs a quarter
    check(done < 4 * most + 100, "%d names were labelled, at most %d had been paid for" % (done, most))


@case
def who_makes_many_directories_waits_longer(r):
    """In a tree where each may make his own; their owners are known before they are opened."""
    if r.back_end == "inotify":
        return  # all directories are made in one, which has its own limit
    t = r.mkdir("t")
    os.chmod(t, 0o1777)
    r.start("@/t/**", options=("--dir-rate", "50", "--dir-burst", "10"))

    def make(names, uid):
        pid = os.fork()
        if pid == 0:
            try:
                os.chdir(t)
                os.setuid(uid)
                for name in names:
                    os.mkdir(name)
                    touch(name + "/f")
                os._exit(0)
            finally:
                os._exit(1)
        check(os.waitpid(pid, 0)[1] == 0, "they could not be made")

    make(map(str, range(1000)), HOSTILE)
    make(["quiet"], HOSTILE - 1)
    wait(lambda: label(t + "/quiet/f") == WANT, "another one's")
    left = sum(label(t + "/%d/f" % i) != WANT for i in range(1000))
    check(left > 500, "he waited until of the others only %d were left" % left)


# ---- much of it --------------------------------------------------------------------------------


@big
def events_are_lost(r):
    d, t = r.mkdir("d"), r.mkdir("t/u")
    r.start("@/d/*", "@/t/**", options=("--rate", "0", "--dir-rate", "0"))
    with open("/proc/sys/fs/inotify/max_queued_events") as f:
        most = int(f.read())
    r.stop_it()
    for i in range(most // 2 + 2000):
        touch(d + "/%d" % i)
        touch(t + "/%d" % i)
    r.mkdir("t/v/w")
    touch(r.path("t/v/w/f"))
    r.send(signal.SIGCONT)
    wait(lambda: label(r.path("t/v/w/f")) == WANT and not unlabelled(d) and
         not unlabelled(r.path("t")), "nothing is lost in the end")
    check(r.count("overflows") >= 1, "there was no overflow")
    check("events were lost" in r.said(), "it was not said")
    touch(r.path("t/v/w/g"))
    wait(lambda: label(r.path("t/v/w/g")) == WANT, "and it goes on")


@big
def a_hundred_thousand_names(r):
    d = r.mkdir("d")
    n = 100000
    r.start("@/d/*", options=("--rate", "0", "--dir-rate", "0"))
    for i in range(n):
        touch(d + "/%d" % i)
    wait(lambda: label(d + "/%d" % (n - 1)) == WANT, "the last one")
    wait(lambda: not unlabelled(d), "all")


@big
def ten_thousand_directories(r):
    t = r.mkdir("t")
    for i in range(100):
        for k in range(100):
            os.makedirs(t + "/%d/%d" % (i, k))
    r.start("@/t/**")
    wait(lambda: not unlabelled(t), "the first look")
    for i in range(100):
        touch(t + "/%d/%d/f" % (i, i))
    wait(lambda: not unlabelled(t), "files here and there")
    memory = r.memory()
    check(r.instrumented() or memory <= 24, "it takes %.1f MiB" % memory)
    print("  10,000 directories: %.1f MiB" % memory)


# ---- reloading ---------------------------------------------------------------------------------


@case
def the_config_changes(r):
    for name in "abcde":
        r.mkdir(name)
    r.start("@/a/*")
    with open(r.config_file, "a") as f:
        f.write(r.config("@/b/*"))
    touch(r.path("b/f"))
    wait(lambda: label(r.path("b/f")) == WANT, "added in place")
    for times in range(3):
        r.replace(r.config_file, r.config("@/b/*", "@/c/*"))
        touch(r.path("c/%d" % times))
        wait(lambda: label(r.path("c/%d" % times)) == WANT, "replaced by rename")
        r.replace(r.config_file, r.config("@/a/*"))
        touch(r.path("a/%d" % times))
        wait(lambda: label(r.path("a/%d" % times)) == WANT, "and again")
    touch(r.path("b/not"))
    r.replace(r.config_file, r.config("@/d/*", "oops"))
    wait(lambda: "restored.conf:2: not an absolute path" in r.said(), "the error is told")
    wait(lambda: "stays in force" in r.said(), "the old config is kept")
    touch(r.path("a/still"))
    touch(r.path("d/not"))
    wait(lambda: label(r.path("a/still")) == WANT, "the old one is in force")
    check(label(r.path("d/not")) is None and label(r.path("b/not")) is None, "not in force")
    os.unlink(r.config_file)
    r.send(signal.SIGHUP)
    wait(lambda: "there is no config" in r.said(), "a config that is gone")
    touch(r.path("a/yet"))
    wait(lambda: label(r.path("a/yet")) == WANT, "without a config it goes on")
    r.replace(r.config_file, r.config("@/e/*"))
    touch(r.path("e/f"))
    wait(lambda: label(r.path("e/f")) == WANT, "a config that is back")


@case
def exclusions_change(r):
    r.mkdir("t/x/y")
    r.start("@/t/**", "!@/t/x/**")
    touch(r.path("t/x/y/f"))
    touch(r.path("t/f"))
    wait(lambda: label(r.path("t/f")) == WANT, "not excluded")
    check(label(r.path("t/x/y/f")) is None, "excluded")
    r.replace(r.config_file, r.config("@/t/**"))
    wait(lambda: label(r.path("t/x/y/f")) == WANT, "not excluded any more")
    r.replace(r.config_file, r.config("@/t/**", "!@/t/x/**"))
    wait(lambda: r.said().count("config read again") == 2, "excluded again")
    touch(r.path("t/x/y/g"))
    touch(r.path("t/g"))
    wait(lambda: label(r.path("t/g")) == WANT, "the rest")
    check(label(r.path("t/x/y/g")) is None, "excluded again")


@case
def what_stays_in_the_config_is_not_looked_at(r):
    """Somebody who logs in and out must not have all others' directories read as often; the same
    goes for a config that is changed."""
    for i in range(40):
        r.mkdir("t/%d/sub" % i)
        r.mkdir("u/%d/sub" % i)
    touch(r.path("t/7/sub/f"))
    here = "@/t/**", "@/u/*/sub/*"
    r.start(*here)
    wait(lambda: not unlabelled(r.path("t")), "the first look")
    wait(lambda: r.count("scans") >= 80, "all of it")

    def change(*entries):
        """How many directories are read for it."""
        before, reloads = r.count("scans"), r.count("reloads")
        r.replace(r.config_file, r.config(*here, *entries))
        wait(lambda: r.count("reloads") > reloads, "it is read")
        touch(r.path("t/mark"))
        wait(lambda: label(r.path("t/mark")) == WANT, "it goes on")
        os.unlink(r.path("t/mark"))
        return r.count("scans") - before

    scans = change("!@/t/7/**", "!@/u/3*/**", "!@/t/*.tmp")
    check(scans == 0, "exclusions that came: %d were read" % scans)
    for name in "t/7/sub/g", "t/8/sub/g", "t/8/sub/x.tmp", "t/x.tmp", "u/33/sub/g", "u/4/sub/g":
        touch(r.path(name))
    for name in "t/8/sub/g", "t/8/sub/x.tmp", "u/4/sub/g":
        wait(lambda: label(r.path(name)) == WANT, "what is not hidden: " + name)
    for name in "t/7/sub/g", "t/x.tmp", "u/33/sub/g":
        check(label(r.path(name)) is None, "what is excluded was labelled: " + name)
    scans = change("!@/u/3*/**", "!@/t/*.tmp", "@/v/*")
    check(scans <= 4, "an exclusion that went, an entry that came: %d were read" % scans)
    wait(lambda: label(r.path("t/7/sub/g")) == WANT, "no longer hidden")
    touch(r.mkdir("v") + "/f")
    wait(lambda: label(r.path("v/f")) == WANT, "the new entry")
    change()
    wait(lambda: label(r.path("u/33/sub/g")) == label(r.path("t/x.tmp")) == WANT, "nothing is hidden")
    touch(r.path("v/not"))
    touch(r.path("u/33/sub/h"))
    wait(lambda: label(r.path("u/33/sub/h")) == WANT, "and watched")
    check(label(r.path("v/not")) is None, "an entry that went")


@patient
def the_rules_change(r):
    d, t = r.mkdir("d"), r.mkdir("t/u/v")
    touch(d + "/f")
    touch(t + "/f")
    r.start("@/d/*", "@/t/**")
    wait(lambda: label(d + "/f") == label(t + "/f") == WANT, "before")
    for kind in "one_t", "two_t":
        want = "system_u:object_r:%s:s0" % kind
        r.write_rules(kind)
        wait(lambda: label(d + "/f") == label(t + "/f") == want, "all is looked at again")
    with open(r.rules, "a") as f:
        f.write("%s/d/f\t--\tsystem_u:object_r:three_t:s0\n" % r.top)
    wait(lambda: label(d + "/f") == "system_u:object_r:three_t:s0", "changed in place")
    r.write_rules("four_t", "only_one_word\n")
    wait(lambda: "those before stay in force" in r.said(), "broken rules are not used")
    touch(d + "/g")
    wait(lambda: label(d + "/g") == "system_u:object_r:two_t:s0", "those before are")
    r.write_rules("five_t")
    wait(lambda: not unlabelled(d, "system_u:object_r:five_t:s0"), "and whole again")
    with open(r.rules + ".local", "w") as f:
        f.write("%s/d/g\tsystem_u:object_r:six_t:s0\n" % r.top)
    wait(lambda: label(d + "/g") == "system_u:object_r:six_t:s0", "a companion that is new")


@case
def labels_are_changed(r):
    d, t = r.mkdir("d"), r.mkdir("t/u")
    touch(d + "/f")
    touch(t + "/f")
    r.start("@/d/*", "@/t/**", options=("--attributes",))
    wait(lambda: label(d + "/f") == label(t + "/f") == WANT, "before")
    for path in d + "/f", t + "/f":
        os.setxattr(path, "security.selinux", b"system_u:object_r:wrong_t:s0\0")
        wait(lambda: label(path) == WANT, "set right again: " + path)


# ---- who logs in -------------------------------------------------------------------------------


def private_run(r, account):
    """A /run and an account database of our own, for us and the daemon we start."""
    check(libc.unshare(CLONE_NEWNS) == 0, "no mount namespace to be had")
    passwd = r.scratch + "/passwd"
    shutil.copy("/etc/passwd", passwd)
    with open(passwd, "a") as f:
        f.write(account + "\n")
    for argv in (["--make-rprivate", "/"], ["-t", "tmpfs", "none", "/run"],
                 ["--bind", passwd, "/etc/passwd"]):
        subprocess.run(["mount", *argv], check=True)
    os.makedirs("/run/systemd/users")


def utmp_record(kind, user):
    return struct.pack("=hxxi32s4s32s256shhiii16s20s", kind, os.getpid(), b"pts/1", b"1",
                       user.encode(), b"", 0, 0, 0, 0, 0, b"", b"")


@patient
def users_log_in_and_out(r):
    """Told by logind, and, where that knows of nobody, by utmp."""
    www = r.mkdir("home/ann/www")
    d = r.mkdir("d")
    os.chown(r.path("home/ann"), 4711, 4711)
    private_run(r, "ann:x:4711:4711::%s:/bin/sh" % r.path("home/ann"))
    r.start("~/www/*", "@/d/*")

    def nobody_is_here(when):
        touch(www + "/" + when)
        touch(d + "/" + when)
        wait(lambda: label(d + "/" + when) == WANT, "others " + when)
        check(label(www + "/" + when) is None, "nobody is here " + when)

    def ann_is_here(when):
        wait(lambda: not unlabelled(www), "what was there " + when)
        touch(www + "/" + when)
        wait(lambda: label(www + "/" + when) == WANT, when)

    nobody_is_here("before")
    for i in range(2):
        r.replace("/run/systemd/users/4711", "NAME=ann\nSTATE=active\n")
        ann_is_here("login %d" % i)
        os.unlink("/run/systemd/users/4711")
        wait(lambda: directories_of(r, 0) == 0, "logged out")
        nobody_is_here("logout %d" % i)
    for i in range(2):
        with open("/run/utmp", "wb") as f:
            f.write(utmp_record(USER_PROCESS, "ann"))
        ann_is_here("utmp %d" % i)
        with open("/run/utmp", "r+b") as f:
            f.write(utmp_record(DEAD_PROCESS, ""))
        wait(lambda: directories_of(r, 0) == 0, "logged out")
        nobody_is_here("utmp's end %d" % i)


# ---- life and death ----------------------------------------------------------------------------


@case
def killed_and_started_again(r):
    t = r.mkdir("t")
    r.start("@/t/**")
    stop = threading.Event()

    def busy():
        i = 0
        while not stop.is_set():
            os.makedirs(t + "/%d/x" % i)
            touch(t + "/%d/x/f" % i)
            i += 1
            time.sleep(0.001)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(3):
            before = len(relabelled(r))
            wait(lambda: len(relabelled(r)) > before + 100, "at work")
            r.kill()
            r.start()
    finally:
        stop.set()
        thread.join()
    wait(lambda: not unlabelled(t), "nothing is lost")


@case
def one_at_a_time(r):
    r.mkdir("d")
    r.start("@/d/*")
    p = subprocess.run([r.program, "-F", "--even-if-disabled", "--policy-root",
                        r.scratch + "/policy", "--run-dir", r.scratch + "/run", "-f",
                        r.config_file], capture_output=True, text=True, timeout=60)
    check(p.returncode == 1 and "another one is running" in p.stderr, "a second one: " + p.stderr)
    touch(r.path("d/f"))
    wait(lambda: label(r.path("d/f")) == WANT, "the first one is well")
    status = r.status()
    check(status, "its status")
    r.end()
    check(not os.path.exists(r.scratch + "/run/restored.sock"), "the socket is left behind")


@case
def ones_own_home(r):
    r.mkdir("home/.config")
    r.mkdir("home/www")
    r.replace(r.path("home/.config/restored.conf"), "~/www/*\n~/late/**\n")
    os.environ["HOME"] = r.path("home")
    os.environ.pop("XDG_CONFIG_HOME", None)
    r.start(options=("--user",), config=None)
    touch(r.path("home/www/f"))
    touch(r.mkdir("home/late/x") + "/f")
    wait(lambda: not unlabelled(r.path("home/www")) and not unlabelled(r.path("home/late")),
         "below one's home")
    r.replace(r.path("home/.config/restored.conf"), "~/other/*\n")
    touch(r.mkdir("home/other") + "/f")
    wait(lambda: label(r.path("home/other/f")) == WANT, "its config changes")


@case
def a_dry_run_changes_nothing(r):
    d = r.mkdir("d")
    r.start("@/d/*", options=("-n",))
    touch(d + "/f")
    wait(lambda: d + "/f" in r.said(), "it is said")
    check(label(d + "/f") is None, "it was done")


@case
def customizable_types_are_left_alone(r):
    d, out = r.mkdir("d"), r.mkdir("out")
    touch(out + "/f")
    os.setxattr(out + "/f", "security.selinux", b"system_u:object_r:custom_t:s0\0")
    r.start("@/d/*")
    os.rename(out + "/f", d + "/f")
    touch(d + "/g")
    wait(lambda: label(d + "/g") == WANT, "the other one")
    check(label(d + "/f") == "system_u:object_r:custom_t:s0", "it was changed")


@case
def marks_are_had_for_what_needs_them(r):
    """fanotify takes a privilege: where no entry may need a mark it is given up."""
    r.mkdir("d")
    if r.back_end != "auto":
        return

    def has_fanotify():
        fds = "/proc/%d/fd" % r.process.pid
        return any("fanotify" in os.readlink(os.path.join(fds, fd)) for fd in os.listdir(fds))

    r.start("@/d/*", "!@/d/**")
    check(not has_fanotify(), "for names in one directory")
    r.replace(r.config_file, r.config("@/d/*", "@/t/**"))
    wait(lambda: "fanotify was given up" in r.said(), "it is said")
    touch(r.mkdir("t/u") + "/f")
    wait(lambda: label(r.path("t/u/f")) == WANT, "without it")
    r.end()
    r.start("@/t/**")
    check(has_fanotify(), "for a tree")


@case
def directories_beyond_the_watches_go_and_come_back(r):
    """With no inotify watch left it is fanotify that has to say so."""
    if r.back_end == "inotify":
        return
    r.mkdir("a/b")
    watches = len(r.path("a").split("/"))  # to there, which only leads to the next
    r.start("@/a/b/*", "@/z*/none/*", options=("--max-dirs", str(watches), "--poll", "3600"))
    for i in range(5):
        touch(r.path("a/b/f"))
        wait(lambda: label(r.path("a/b/f")) == WANT, "time %d" % i)
        if i % 2:
            os.rename(r.path("a/b"), r.path("gone%d" % i))
        else:
            shutil.rmtree(r.path("a/b"))
        r.mkdir("a/b")


# ---- mounts ------------------------------------------------------------------------------------


def mount(*argv):
    subprocess.run(["mount", *argv], check=True)


@patient
def mounted_over_and_unmounted(r):
    d, t, out = r.mkdir("d"), r.mkdir("t/u"), r.mkdir("out")
    touch(out + "/before")
    r.start("@/d/*", "@/t/**")
    try:
        for kind in "tmpfs", "bind":
            for i, path in enumerate((d, t)):
                if kind == "tmpfs":
                    mount("-t", "tmpfs", "none", path)
                else:
                    os.mkdir(out + "/%d" % i)
                    touch(out + "/%d/before" % i)
                    mount("--bind", out + "/%d" % i, path)
                    wait(lambda: label(path + "/before") == WANT, "what came with the mount")
                touch(path + "/over." + kind)
                wait(lambda: label(path + "/over." + kind) == WANT, "mounted over " + path)
                touch(path + "/over.%s.later" % kind)
                wait(lambda: label(path + "/over.%s.later" % kind) == WANT, "and watched")
                wait(lambda: not subprocess.run(["umount", path], capture_output=True).returncode,
                     "it is not held for long")
                touch(path + "/under." + kind)
                wait(lambda: label(path + "/under." + kind) == WANT, "unmounted again " + path)
                touch(path + "/under.%s.later" % kind)
                wait(lambda: label(path + "/under.%s.later" % kind) == WANT, "and watched")
        check(label(out + "/before") is None, "what is not below an entry")
    finally:
        for path in d, t:
            subprocess.run(["umount", "-R", "-l", path], check=False, capture_output=True)


@patient
def mounts_at_a_high_rate(r):
    t = r.mkdir("t/u")
    r.start("@/t/**")
    begin = time.monotonic()
    for _ in range(60):
        mount("-t", "tmpfs", "none", t)
        subprocess.run(["umount", "-l", t], check=True)
    touch(t + "/f")
    wait(lambda: label(t + "/f") == WANT, "in the end")
    took = time.monotonic() - begin
    check(1 <= r.count("remounts") <= 2 * took + 2, "%s times in %.1f s" % (r.count("remounts"), took))


class Automounter:
    """Mounts autofs, and never does what is asked of it.  It has a process group of its own: that
    one does not ask."""

    def __init__(self):
        self.requests, there = os.pipe()
        os.set_blocking(self.requests, False)
        self.fd = there
        self.shell = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      pass_fds=[there], start_new_session=True)

    def run(self, command):
        self.shell.stdin.write(command + "; echo $?\n")
        self.shell.stdin.flush()
        return self.shell.stdout.readline().strip() == "0"

    def mount(self, path, kind):
        return self.run("mount -t autofs -o fd=%d,pgrp=$$,minproto=5,maxproto=5,%s none '%s'" %
                        (self.fd, kind, path))

    def was_asked(self):
        try:
            return bool(os.read(self.requests, 4096))
        except BlockingIOError:
            return False

    def close(self):
        os.close(self.requests)  # who waits gets an error
        os.close(self.fd)
        self.shell.stdin.close()
        self.shell.stdout.close()
        self.shell.wait()


@case
def automount_points_are_left_alone(r):
    for name in "t/direct", "t/net", "p/a/x":
        r.mkdir(name)
    a = Automounter()
    try:
        if not (a.mount(r.path("t/direct"), "direct") and a.mount(r.path("t/net"), "indirect") and
                a.mount(r.path("p"), "indirect")):
            return  # no autofs in this kernel
        r.start("@/t/**", "@/p/*/x/*", "@/t/net/host/*", "@/p/home/*")
        touch(r.path("t/f"))
        wait(lambda: label(r.path("t/f")) == WANT, "beside them")
        r.send(signal.SIGHUP)
        touch(r.path("t/g"))
        wait(lambda: label(r.path("t/g")) == WANT, "after another look")
        check(not a.was_asked(), "something was to be mounted")
        check(a.run("mkdir '%s' && mount -t tmpfs none '%s' && mkdir '%s'" %
                    (r.path("p/a"), r.path("p/a"), r.path("p/a/x"))), "a mount on it")
        check(a.run("mkdir '%s' && mount -t tmpfs none '%s'" %
                    (r.path("t/net/host"), r.path("t/net/host"))), "another mount")
        for name in "p/a/x/f", "t/net/host/f":
            touch(r.path(name))
            wait(lambda: label(r.path(name)) == WANT, "what is mounted on it: " + name)
        r.send(signal.SIGHUP)
        for name in "p/a/x/g", "t/net/host/g":
            touch(r.path(name))
            wait(lambda: label(r.path(name)) == WANT, "and is watched: " + name)
        check(not a.was_asked(), "something was to be mounted later")
    finally:
        r.close()
        for name in "p", "t/net", "t/direct":
            subprocess.run(["umount", "-R", "-l", r.path(name)], check=False, capture_output=True)
        a.close()


class DeadMounts:
    """FUSE that nobody serves: whoever looks at it waits, until this is closed."""

    def __init__(self):
        self.fds, self.libc = [], ctypes.CDLL(None)

    def mount(self, path):
        try:
            self.fds.append(os.open("/dev/fuse", os.O_RDWR))
        except OSError:
            return False
        options = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % self.fds[-1]
        return self.libc.mount(b"dead", os.fsencode(path), b"fuse", 0, options.encode()) == 0

    def close(self):
        for fd in self.fds:
            os.close(fd)


@case
def dead_mounts_are_left_alone(r):
    for name in "t/one", "t/two", "p/one/x", "d/one":
        r.mkdir(name)
    dead = DeadMounts()
    mounted = [r.path(name) for name in ("t/one", "p/one", "d/one", "t/two")]
    try:
        if not all(dead.mount(path) for path in mounted[:3]):
            return  # no FUSE in this kernel
        r.start("@/t/**", "@/p/*/x/*", "@/d/*")
        for name in "t/f", "d/f":
            touch(r.path(name))
            wait(lambda: label(r.path(name)) == WANT, "beside them")
        check(dead.mount(mounted[3]), "a later one")
        touch(r.path("t/g"))
        wait(lambda: label(r.path("t/g")) == WANT, "beside one that came later")
        wait(lambda: r.count("remounts"), "it is seen")
        r.send(signal.SIGHUP)
        touch(r.path("t/h"))
        wait(lambda: label(r.path("t/h")) == WANT, "after another look")
        wait(lambda: r.count("scans") > 6, "which is a look at everything")
        r.end()
    finally:
        dead.close()  # first: who waits for it cannot be killed
        r.close()
        for path in mounted:
            subprocess.run(["umount", "-l", path], check=False, capture_output=True)


@patient
def what_cannot_be_read_is_left_alone(r):
    """And made anew, if that does not help."""
    if "DEAF" not in os.environ:
        return  # by hand: meson knows where it is
    deaf = r.path("deaf")
    os.environ.update(LD_PRELOAD=os.environ["DEAF"], DEAF_FILE=deaf,
                      ASAN_OPTIONS="verify_asan_link_order=0")
    d, t = r.mkdir("d"), r.mkdir("t/u")
    r.start("@/d/*", "@/t/**")
    touch(d + "/before")
    wait(lambda: label(d + "/before") == WANT, "before")
    touch(deaf)
    for path in d, t:
        touch(path + "/unheard")
    wait(lambda: "begun anew" in r.said(), "another one is made")
    tries = os.path.getsize(deaf)
    check(tries <= 20, "it was tried %d times" % tries)
    check(r.said().count("inotify: events cannot be read") == 1, "it is said once")
    os.unlink(deaf)
    wait(lambda: label(d + "/unheard") == label(t + "/unheard") == WANT, "nothing is lost")
    for path in d, t:
        touch(path + "/after")
        wait(lambda: label(path + "/after") == WANT, "and it goes on")


# ---- running them ------------------------------------------------------------------------------


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
    """Cases, each in a process of its own, on one file system."""

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


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, kind, back_end = sys.argv[1:4]
    quiet, loud = choose(kind, sys.argv[4:])
    if os.geteuid() != 0:
        skip("needs root")
    if os.path.exists("/sys/fs/selinux/enforce"):
        skip("SELinux is enabled: the contexts of these tests are none of its policy's")
    # a test that takes too long cleans up, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scratch = tempfile.mkdtemp(prefix="restored-")
    fs = runner = None
    try:
        fs = Filesystem(kind, scratch + "/fs")
        runner = Runner(os.path.abspath(program), back_end, scratch, fs)
        runner.run(quiet, AT_ONCE)
        runner.run(loud, 1)
    finally:
        if runner:
            runner.stop()
        if fs:
            fs.close()
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d cases, %d failed" % (len(quiet) + len(loud), runner.bad))
    sys.exit(runner.bad != 0 or not quiet + loud)


main()
