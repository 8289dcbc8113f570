# SPDX-License-Identifier: LGPL-2.1-or-later
"""File systems that are mounted, unmounted, or dead."""
import os
import signal
import subprocess
import time

from rig import WANT, check, label, libc, touch, unlabelled, wait
from runner import case, patient


def mount(*argv):
    subprocess.run(["mount", *argv], check=True)


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


# ---- file systems that answer late or never ----------------------------------------------------


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


@case
def mounted_while_the_mounts_are_read(r):
    """The table is read for two: of what comes between, the one that tells of changes must not be
    the first to know.  (Below an automount point nothing but such a change leads there.)"""
    slow = r.preloads("SLOW")
    if not slow:
        return
    net, a = r.mkdir("t/net"), Automounter()
    try:
        if not a.mount(net, "indirect"):
            return  # no autofs in this kernel
        r.start("@/t/**")
        touch(slow)
        paths = [net + "/" + name for name in "abcd"]
        for times, path in enumerate(paths):
            wait(lambda: os.path.getsize(slow) >= times, "it is read")
            check(a.run("mkdir '%s' && mount -t tmpfs none '%s' && touch '%s/f'" %
                        (path, path, path)), "a mount")
        for path in paths:
            wait(lambda: label(path + "/f") == WANT, path + "/f")
            touch(path + "/g")
            wait(lambda: label(path + "/g") == WANT, "and is watched: " + path)
        r.end()
    finally:
        r.close()
        subprocess.run(["umount", "-R", "-l", net], check=False, capture_output=True)
        a.close()


class DeadMounts:
    """FUSE that nobody serves: whoever looks at it waits, until this is closed."""

    def __init__(self):
        self.fds = []

    def mount(self, path, user=0):
        try:
            self.fds.append(os.open("/dev/fuse", os.O_RDWR))
        except OSError:
            return False
        options = "fd=%d,rootmode=40000,user_id=%d,group_id=0,allow_other" % (self.fds[-1], user)
        return libc.mount(b"dead", os.fsencode(path), b"fuse", 0, options.encode()) == 0

    def close(self):
        for fd in self.fds:
            os.close(fd)


@case
def dead_mounts_are_left_alone(r):
    for name in "t/one", "t/two", "p/one/x", "d/one", "user/own":
        r.mkdir(name)
    dead = DeadMounts()
    mounted = [r.path(name) for name in ("t/one", "p/one", "d/one", "t/two", "user/own")]
    try:
        if not all(dead.mount(path) for path in mounted[:3]):
            return  # no FUSE in this kernel
        check(dead.mount(mounted[4], 1000), "a user's own")
        r.start("@/t/**", "@/p/*/x/*", "@/d/*", "@/user/own/*")
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
