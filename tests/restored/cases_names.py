# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon makes of single names: which it labels, and which it must not."""
import os
import signal
import socket
import subprocess

from rig import WANT, check, label, touch, unlabelled, wait
from runner import case


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
def a_dry_run_changes_nothing(r):
    d = r.mkdir("d")
    r.start("@/d/*", options=("-n",))
    touch(d + "/f")
    wait(lambda: d + "/f" in r.said(), "it is said")
    check(label(d + "/f") is None, "it was done")
