# SPDX-License-Identifier: LGPL-2.1-or-later
"""bench: how long setfiles takes for a whole root, theirs and ours in turn; and how much longer theirs takes.

The root is the guest's own, with the names of the other machine's /usr added as empty files.  "first": every
label is wrong before, in each round; "check", once: all are right, and nothing is set."""
import os
import resource
import statistics
import time

import rig
from rig import ours, sh, theirs, write

NAMES = "/test/names"  # "KIND PATH" a line
RULES = "/etc/selinux/default/contexts/files/file_contexts"
WRONG = "/test/wrong"
ROUNDS = 5


def plant():
    with open(NAMES, encoding="utf-8", errors="surrogateescape") as f:
        for line in f:
            kind, path = line.rstrip("\n").split(" ", 1)
            try:
                if kind == "d":
                    os.makedirs(path, exist_ok=True)
                elif kind == "l":
                    os.symlink("nowhere", path)
                else:
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            except (FileExistsError, NotADirectoryError):
                pass


def entries():
    top = os.lstat("/").st_dev
    sums = 0
    for where, folders, names in os.walk("/"):
        folders[:] = [d for d in folders if os.lstat(os.path.join(where, d)).st_dev == top]
        sums += len(folders) + len(names)
    return sums


def spoil():
    sh(ours["setfiles"], "-F", WRONG, "/")
    for path in ours["setfiles"], theirs["setfiles"]:
        rig.spoil(path, "setfiles_exec_t")  # in whose domain they run


def timed(program, *flags):
    """-> wall and CPU seconds"""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    sh(program, *flags, RULES, "/")
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(scenario, flags, turned):
    """One round.  -> what theirs took and what ours took, each as of timed()"""
    took = {}
    for programs in (ours, theirs) if turned else (theirs, ours):
        if scenario == "first":
            spoil()
        took[programs is ours] = timed(programs["setfiles"], *flags)
    print("%s: theirs %.2f (%.2f), ours %.2f (%.2f)" % (scenario, *took[False], *took[True]), flush=True)
    return took[False], took[True]


def sums(scenario, rows):
    walls, cpus = ([(t[i], o[i]) for t, o in rows] for i in (0, 1))
    print("%s, medians of %d: theirs %.2f s, ours %.2f s, %.1fx (CPU %.1fx)" % (
        scenario, len(rows), statistics.median(t for t, _ in walls), statistics.median(o for _, o in walls),
        statistics.median(t / o for t, o in walls), statistics.median(t / o for t, o in cpus)), flush=True)


def main():
    rounds = int(rig.chosen[1]) if len(rig.chosen) > 1 else ROUNDS
    write(WRONG, "/.*\tsystem_u:object_r:tmp_t:s0\n")
    rig.install()
    plant()
    print("%d entries, %d rounds; seconds, in brackets of the processor" % (entries(), rounds), flush=True)
    sums("first", [compare("first", (), number % 2) for number in range(rounds)])
    # each looks at what the other has set, or was to set
    for name, programs in ("theirs", theirs), ("ours", ours):
        rig.same(sh(programs["setfiles"], "-n", "-v", RULES, "/"), "", "what is left to do by " + name)
    sums("check", [compare("check", ("-n",), False)])
    print("2 passed, 0 failed, 0 skipped", flush=True)
