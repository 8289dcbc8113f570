#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A user who owns a watched directory against the r.

    attack.py RESTORED BACKEND [links|parents|names|flood|watches]...
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

from rig import (ATTACKER, Attack, Failed, HostileRig, check, exchange, run, touch, type_of,
                 unlabelled, wait)

SECONDS = float(os.environ.get("ATTACK_SECONDS", "2"))
PAIRS = 20
UNLIMITED = ("--dir-rate", "0", "--rate", "0", "-v")


def as_attacker(path):
    os.chown(path, ATTACKER, ATTACKER, follow_symlinks=False)


def labelled(path):
    return lambda: type_of(path) == "w_t"


def prepare_links(r):
    """Pairs of names in tree/ that are to be exchanged; -> list of (name, name)"""
    pairs = []
    file, hard = r.victim("shadow"), r.victim("hard")
    r.victim("dir/file")
    for i in range(PAIRS):
        a, b = (os.path.join(r.tree, "%s%d" % (c, i)) for c in "ab")
        kind = i % 4
        if kind == 0:           # a file and a link to a file
            touch(a)
            os.symlink(file, b)
        elif kind == 1:         # a directory and a link to a directory
            os.mkdir(a)
            touch(os.path.join(a, "file"))
            os.symlink(os.path.join(r.victims, "dir"), b)
        elif kind == 2:         # a file and another name of root's, as if that were allowed
            touch(a)
            os.link(hard, b)
        else:                   # a directory and a file
            os.mkdir(a)
            touch(b)
        for path in (a, b):
            if not (kind == 2 and path == b):
                as_attacker(path)
        pairs.append((a, b))
    r.label_victims()
    return pairs


def swapper(pairs):
    def swap():
        for a, b in pairs:
            exchange(a, b)
    return swap


def run_links(r):
    pairs = prepare_links(r)
    r.start("@/**", "@/*", options=UNLIMITED)
    attack = Attack(swapper(pairs))
    time.sleep(SECONDS)
    wait(lambda: r.count("refused_multilink") and r.count("events") >= 100, "an attack")
    attack.end()
    # it has been at work all the time, and still is
    last = os.path.join(r.tree, "last")
    touch(last)
    wait(labelled(last), "a label after the attack")
    for a, b in pairs:
        for path in (a, b):
            if os.lstat(path).st_nlink == 1 or os.path.isdir(path):
                wait(labelled(path), "the label of %s" % path)
    counts = r.status()["counts"]
    r.end()
    return "%d events, %d relabelled, %d hard links refused" % (
        counts["events"], counts["relabelled"], counts["refused_multilink"])


def run_parents(r):
    """tree/up/ is watched by name and by pattern; it becomes a link to victims/dir and back."""
    up, away, link = (os.path.join(r.tree, n) for n in ("up", "away", "link"))
    for d in (up, away):
        os.mkdir(d)
        as_attacker(d)
    os.mkdir(os.path.join(up, "deep"))
    as_attacker(os.path.join(up, "deep"))
    os.symlink(os.path.join(r.victims, "dir"), link)
    as_attacker(link)
    # the same names on both sides
    os.mkdir(os.path.join(r.victims, "dir", "deep"))
    for i in range(50):
        r.victim("dir/f%d" % i)
        r.victim("dir/deep/f%d" % i)
    r.label_victims()
    r.start("@/up/*", "@/*/deep/**", options=UNLIMITED)

    def make():
        for i in range(50):
            for where in (up, os.path.join(up, "deep")):
                try:
                    touch(os.path.join(where, "f%d" % i))
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
    touch(last)
    wait(labelled(last), "a label after the attack")
    counts = r.status()["counts"]
    r.end()
    return "%d events, %d relabelled" % (counts["events"], counts["relabelled"])


NAMES = [b"x\nrestored: Relabeled shadow from a to b\n", b"\x1b[2J\x1b]0;owned\x07", b"\x9b2J",
         b"\xc2\x9b2J", b"\r\rrestored: ", b"\xff\xfe", b"a" * 255, b"\x01\x02\x7f", "\u20ac".encode(),
         b"%s%n%x", b"\\012"]


def run_names(r):
    r.start("@/**", options=("-v",))
    tree = os.fsencode(r.tree)
    hard = r.victim("hard")
    r.label_victims()
    for name in NAMES:
        touch(os.path.join(tree, name))
        os.mkdir(os.path.join(tree, b"d" + name[:200]))
        touch(os.path.join(tree, b"d" + name[:200], name))
        os.link(hard, os.path.join(tree, b"h" + name[:200]))
    for name in NAMES:
        for path in (name, os.path.join(b"d" + name[:200], name)):
            wait(labelled(os.path.join(tree, path)), "the label of %r" % path)
    wait(lambda: r.count("refused_multilink") >= len(NAMES), "all hard links to be refused")
    r.end()
    with open(r.log_file, "rb") as f:
        lines = f.read().split(b"\n")
    for line in lines[:-1]:
        check(line.startswith(b"restored: ") and
              not line.startswith(b"restored: Relabeled shadow"), "a forged line: %r" % line)
        check(not any(c < 0x20 or c == 0x7f or c == 0x9b for c in line),
              "a control character in %r" % line)
        line.decode("utf-8")
    told = sum(b"Relabeled" in line for line in lines)
    check(told >= 3 * len(NAMES), "only %d files are in the log" % told)
    return "%d lines" % len(lines)


def check_growth(r, grown):
    check(grown <= (256 if r.instrumented() else 8), "memory grew by %.1f MiB" % grown)


RATE, BURST, DIR_RATE, DIR_BURST, MAX_NAMES = 2000, 1000, 500, 300, 500


def run_flood(r):
    quiet = os.path.join(r.tree, "quiet")
    storm = [os.path.join(r.tree, "storm%d" % i) for i in range(4)]
    for d in storm + [quiet]:
        os.mkdir(d)
        as_attacker(d)
    r.start("@/**", options=("--rate", str(RATE), "--burst", str(BURST), "--dir-rate",
                             str(DIR_RATE), "--dir-burst", str(DIR_BURST), "--max-names",
                             str(MAX_NAMES)))
    before, start = r.status(), time.monotonic()
    memory = r.memory()

    def flood(d):
        def work():
            for i in range(2000):
                name = os.path.join(d, "f%d" % i)
                touch(name)
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
        touch(name)
        wait(labelled(name), "a label in the quiet directory")
        slowest = max(slowest, time.monotonic() - made)
        waiting = max(waiting, r.status()["waiting"])
    for a in attacks:
        a.end()
    counts, took = r.status()["counts"], time.monotonic() - start
    work = sum(counts[k] - before["counts"][k] for k in ("relabelled", "right_already", "vanished",
                                                         "errors"))
    most = RATE * took + BURST
    grown = r.memory() - memory
    check(counts["events"] >= 2 * work / 3 or counts["overflows"], "that was no flood: %r" % counts)
    # a name that is found in a scan counts for a part of one that was told of
    check(work <= 4 * most + 2000,
          "%d names in %.1f s are more than the rate allows (%d)" % (work, took, most))
    check(waiting <= MAX_NAMES, "%d names waited" % waiting)
    check_growth(r, grown)
    for d in storm:
        wait(lambda p=d: not unlabelled(p), "the labels in %s" % d)
    r.end()
    return "%d events, %d names looked at in %.1f s, %d overflows, slowest elsewhere %.2f s, +%.1f " \
           "MiB" % (counts["events"], work, took, counts["overflows"], slowest, grown)


def run_watches(r):
    limit, dirs = 100, 1000
    r.start("@/**", options=("--max-dirs", str(limit), "--poll", "1", *UNLIMITED[:4]))
    memory = r.memory()
    paths = [os.path.join(r.tree, "d%d" % i) for i in range(dirs)]
    for p in paths:
        os.mkdir(p)
        touch(os.path.join(p, "f"))
    for p in paths:
        wait(labelled(os.path.join(p, "f")), "the label of %s/f" % p)
    late = os.path.join(paths[-1], "late")
    touch(late)
    wait(labelled(late), "the label of %s" % late)
    said = r.said().count("--max-dirs")
    check(said == 1 or (r.back_end != "inotify" and said == 0),
          "the limit was told %d times:\n%s" % (said, r.said()))
    grown = r.memory() - memory
    check_growth(r, grown)
    r.end()
    return "+%.1f MiB" % grown


def run_unsafe():
    r = HostileRig(None, None)
    try:
        pairs = prepare_links(r)
        attack = Attack(swapper(pairs))
        end = time.monotonic() + 30
        while time.monotonic() < end and not r.harmed():
            for a, _ in pairs:
                try:
                    os.setxattr(a, "security.selinux", b"system_u:object_r:w_t:s0\0")
                except OSError:
                    pass
        attack.end()
        check(r.harmed(), "the attack does no harm to a relabeller that works by path")
        print("caught: " + r.harmed()[0])
    finally:
        r.close()


ALL = {"links": run_links, "parents": run_parents, "names": run_names, "flood": run_flood,
       "watches": run_watches}


def main():
    if sys.argv[1:] == ["--unsafe"]:
        return run_unsafe()
    program, back_end = sys.argv[1:3]
    for name in sys.argv[3:] or ALL:
        r = HostileRig(program, back_end)
        try:
            said = ALL[name](r)
            check(not r.harmed(), "%s: %s" % (name, "; ".join(r.harmed())))
            print("%s: %s" % (name, said), flush=True)
        except Failed as e:
            raise Failed("%s: %s" % (name, e))
        finally:
            r.close()


if __name__ == "__main__":
    run(main)
