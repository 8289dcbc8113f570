#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user who owns a watched directory against the daemon.

    attack.py RESTORED [links|parents|names|flood|watches]...
    attack.py --unsafe

links     symbolic links and hard links to root's files, exchanged with files and directories of his
parents   the watched directories themselves are exchanged with links and other directories
names     names that would be lines of the log, or drive a terminal
flood     files made, renamed and removed without end; others must still be served
watches   more directories than there are watches

Everywhere: no label outside the tree, none on a file with several names.  ATTACK_SECONDS (2) for
each.  --unsafe runs the attacks of "links" on a relabeller that works by path; it must be caught,
or this test proves nothing.
"""
import os
import sys
import time

from hostile import (Attack, Daemon, Place, exchange, fail, label, set_label, wait_for)

SECONDS = float(os.environ.get("ATTACK_SECONDS", "2"))
PAIRS = 20
BACK_ENDS = ("inotify", "fanotify")


def as_attacker(place, path):
    os.chown(path, 65534, 65534, follow_symlinks=False)
    return path


def prepare_links(place):
    """Pairs of names in tree/ that are to be exchanged; -> list of (name, name)"""
    pairs = []
    file, hard = place.victim("shadow"), place.victim("hard")
    place.victim("dir/file")
    for i in range(PAIRS):
        a, b = (os.path.join(place.tree, "%s%d" % (c, i)) for c in "ab")
        kind = i % 4
        if kind == 0:           # a file and a link to a file
            os.close(os.open(a, os.O_CREAT | os.O_WRONLY))
            os.symlink(file, b)
        elif kind == 1:         # a directory and a link to a directory
            os.mkdir(a)
            os.close(os.open(os.path.join(a, "file"), os.O_CREAT | os.O_WRONLY))
            os.symlink(os.path.join(place.victims, "dir"), b)
        elif kind == 2:         # a file and another name of root's, as if that were allowed
            os.close(os.open(a, os.O_CREAT | os.O_WRONLY))
            os.link(hard, b)
        else:                   # a directory and a file
            os.mkdir(a)
            os.close(os.open(b, os.O_CREAT | os.O_WRONLY))
        for path in (a, b):
            if not (kind == 2 and path == b):
                as_attacker(place, path)
        pairs.append((a, b))
    place.label_victims()
    return pairs


def swapper(pairs):
    def swap():
        for a, b in pairs:
            exchange(a, b)
    return swap


def run_links(program, back_end, place):
    pairs = prepare_links(place)
    daemon = Daemon(program, place, [place.tree + "/**", place.tree + "/*"], "--back-end", back_end,
                    "--dir-rate", "0", "--rate", "0", "-v")
    attack = Attack(swapper(pairs))
    time.sleep(SECONDS)
    attack.end()
    # it has been at work all the time, and still is
    last = os.path.join(place.tree, "last")
    os.close(os.open(last, os.O_CREAT | os.O_WRONLY))
    wait_for("a label after the attack", lambda: label(last) == "web_t")
    for a, b in pairs:
        for path in (a, b):
            if os.lstat(path).st_nlink == 1 or os.path.isdir(path):
                wait_for("the label of %s" % path, lambda p=path: label(p) == "web_t")
    counts = daemon.status()["counts"]
    if counts["refused_multilink"] == 0 or counts["events"] < 100:
        fail("there was no attack: %r" % counts)
    daemon.stop()
    return "%d events, %d relabelled, %d hard links refused" % (
        counts["events"], counts["relabelled"], counts["refused_multilink"])


def run_parents(program, back_end, place):
    """tree/up/ is watched by name and by pattern; it becomes a link to victims/dir and back."""
    up, away, link = (os.path.join(place.tree, n) for n in ("up", "away", "link"))
    for d in (up, away):
        os.mkdir(d)
        as_attacker(place, d)
    os.mkdir(os.path.join(up, "deep"))
    as_attacker(place, os.path.join(up, "deep"))
    os.symlink(os.path.join(place.victims, "dir"), link)
    as_attacker(place, link)
    # the same names on both sides
    os.mkdir(os.path.join(place.victims, "dir", "deep"))
    for i in range(50):
        place.victim("dir/f%d" % i)
        place.victim("dir/deep/f%d" % i)
    place.label_victims()
    daemon = Daemon(program, place, [up + "/*", place.tree + "/*/deep/**"], "--back-end", back_end,
                    "--dir-rate", "0", "--rate", "0", "-v")

    def make():
        for i in range(50):
            for where in (up, os.path.join(up, "deep")):
                try:
                    os.close(os.open(os.path.join(where, "f%d" % i), os.O_CREAT | os.O_WRONLY))
                    os.unlink(os.path.join(where, "f%d" % i))
                except OSError:
                    pass

    def swap():
        exchange(up, link)
        exchange(up, away)

    attacks = [Attack(make), Attack(swap)]
    time.sleep(SECONDS)
    for a in attacks:
        a.end()
    for name in (up, away, link):       # a real directory at its place again
        if os.path.islink(name) or name == up:
            continue
        if os.path.islink(up):
            exchange(up, name)
    last = os.path.join(up, "last")
    os.close(os.open(last, os.O_CREAT | os.O_WRONLY))
    wait_for("a label after the attack", lambda: label(last) == "web_t")
    counts = daemon.status()["counts"]
    daemon.stop()
    return "%d events, %d relabelled" % (counts["events"], counts["relabelled"])


NAMES = [b"x\nrestored: Relabeled shadow from a to b\n", b"\x1b[2J\x1b]0;owned\x07", b"\x9b2J",
         b"\xc2\x9b2J", b"\r\rrestored: ", b"\xff\xfe", b"a" * 255, b"\x01\x02\x7f", "\u20ac".encode(),
         b"%s%n%x", b"\\012"]


def run_names(program, back_end, place):
    daemon = Daemon(program, place, [place.tree + "/**"], "--back-end", back_end, "-v")
    tree = os.fsencode(place.tree)
    hard = place.victim("hard")
    place.label_victims()
    for name in NAMES:
        os.close(os.open(os.path.join(tree, name), os.O_CREAT | os.O_WRONLY))
        os.mkdir(os.path.join(tree, b"d" + name[:200]))
        os.close(os.open(os.path.join(tree, b"d" + name[:200], name), os.O_CREAT | os.O_WRONLY))
        os.link(hard, os.path.join(tree, b"h" + name[:200]))
    for name in NAMES:
        for path in (name, os.path.join(b"d" + name[:200], name)):
            wait_for("the label of %r" % path,
                     lambda p=path: label(os.path.join(tree, p)) == "web_t")
    wait_for("all hard links to be refused",
             lambda: daemon.status()["counts"]["refused_multilink"] >= len(NAMES))
    daemon.stop()
    with open(daemon.log_path, "rb") as f:
        lines = f.read().split(b"\n")
    for line in lines[:-1]:
        if not line.startswith(b"restored: ") or line.startswith(b"restored: Relabeled shadow"):
            fail("a forged line: %r" % line)
        if any(c < 0x20 or c == 0x7f for c in line) or b"\xc2\x9b" in line or b"\x9b" in line:
            fail("a control character in %r" % line)
        line.decode("utf-8")
    told = sum(b"Relabeled" in line for line in lines)
    if told < 3 * len(NAMES):
        fail("only %d files are in the log" % told)
    return "%d lines" % len(lines)


RATE, BURST, DIR_RATE, DIR_BURST, MAX_NAMES = 2000, 1000, 500, 300, 500


def run_flood(program, back_end, place):
    quiet = os.path.join(place.tree, "quiet")
    storm = [os.path.join(place.tree, "storm%d" % i) for i in range(4)]
    for d in storm + [quiet]:
        os.mkdir(d)
        as_attacker(place, d)
    daemon = Daemon(program, place, [place.tree + "/**"], "--back-end", back_end, "--rate", str(RATE),
                    "--burst", str(BURST), "--dir-rate", str(DIR_RATE), "--dir-burst",
                    str(DIR_BURST), "--max-names", str(MAX_NAMES))
    before, start = daemon.status(), time.monotonic()
    memory = daemon.memory()

    def flood(d):
        def work():
            for i in range(2000):
                name = os.path.join(d, "f%d" % i)
                os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
                os.rename(name, name + "x" * 200)
                if i % 4:
                    os.unlink(name + "x" * 200)
        return work

    attacks = [Attack(flood(d)) for d in storm]
    slowest = waiting = 0
    for i in range(5):
        time.sleep(SECONDS / 5)
        name = os.path.join(quiet, "q%d" % i)
        made = time.monotonic()
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
        wait_for("a label in the quiet directory", lambda p=name: label(p) == "web_t", 20)
        slowest = max(slowest, time.monotonic() - made)
        waiting = max(waiting, daemon.status()["waiting"])
    for a in attacks:
        a.end()
    counts, took = daemon.status()["counts"], time.monotonic() - start
    work = sum(counts[k] - before["counts"][k] for k in ("relabelled", "right_already", "vanished",
                                                         "errors"))
    most = RATE * took + BURST
    grown = daemon.memory() - memory
    if counts["events"] < 2 * work / 3 and not counts["overflows"]:
        fail("that was no flood: %r" % counts)
    # a name that is found in a scan counts for a part of one that was told of
    if work > 4 * most + 2000:
        fail("%d names in %.1f s are more than the rate allows (%d)" % (work, took, most))
    if waiting > MAX_NAMES:
        fail("%d names waited" % waiting)
    if grown > (256 if daemon.is_asan() else 8):
        fail("memory grew by %.1f MiB" % grown)
    for d in storm:
        wait_for("the labels in %s" % d,
                 lambda p=d: all(label(os.path.join(p, n)) == "web_t" for n in os.listdir(p)), 120)
    daemon.stop()
    return "%d events, %d names looked at in %.1f s, %d overflows, slowest elsewhere %.2f s, +%.1f " \
           "MiB" % (counts["events"], work, took, counts["overflows"], slowest, grown)


def run_watches(program, back_end, place):
    limit, dirs = 100, 1000
    daemon = Daemon(program, place, [place.tree + "/**"], "--back-end", back_end, "--max-dirs",
                    str(limit), "--poll", "1", "--dir-rate", "0", "--rate", "0")
    memory = daemon.memory()
    paths = [os.path.join(place.tree, "d%d" % i) for i in range(dirs)]
    for p in paths:
        os.mkdir(p)
        os.close(os.open(os.path.join(p, "f"), os.O_CREAT | os.O_WRONLY))
    for p in paths:
        wait_for("the label of %s/f" % p, lambda p=p: label(os.path.join(p, "f")) == "web_t", 60)
    late = os.path.join(paths[-1], "late")
    os.close(os.open(late, os.O_CREAT | os.O_WRONLY))
    wait_for("the label of %s" % late, lambda: label(late) == "web_t", 60)
    said = daemon.log().count("--max-dirs")
    if said > 1 or (back_end == "inotify" and said == 0):
        fail("the limit was told %d times:\n%s" % (said, daemon.log()))
    grown = daemon.memory() - memory
    if grown > (256 if daemon.is_asan() else 8):
        fail("memory grew by %.1f MiB" % grown)
    daemon.stop()
    return "+%.1f MiB" % grown


def run_unsafe():
    place = Place()
    try:
        pairs = prepare_links(place)
        attack = Attack(swapper(pairs))
        end = time.monotonic() + 30
        while time.monotonic() < end and not place.harmed():
            for a, _ in pairs:
                try:
                    os.setxattr(a, "security.selinux", b"system_u:object_r:web_t:s0\0")
                except OSError:
                    pass
        attack.end()
        if not place.harmed():
            fail("the attack does no harm to a relabeller that works by path")
        print("caught: " + place.harmed()[0])
    finally:
        place.remove()


ALL = {"links": run_links, "parents": run_parents, "names": run_names, "flood": run_flood,
       "watches": run_watches}


def main():
    if sys.argv[1:] == ["--unsafe"]:
        return run_unsafe()
    for name in sys.argv[2:] or ALL:
        for back_end in BACK_ENDS:
            place = Place()
            try:
                said = ALL[name](sys.argv[1], back_end, place)
                harmed = place.harmed()
                if harmed:
                    fail("%s, %s: %s" % (name, back_end, "; ".join(harmed)))
                print("%s, %s: %s" % (name, back_end, said), flush=True)
            finally:
                place.remove()


if __name__ == "__main__":
    main()
