# SPDX-License-Identifier: LGPL-2.1-or-later
"""Directories with all below them, as they grow, move, go and come back."""
import os
import shutil
import subprocess

from rig import WANT, check, label, touch, unlabelled, wait
from runner import case


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
    wait(lambda: r.directories(0) == 0, "x is seen to be none")
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
