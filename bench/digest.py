#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What -D costs and saves: whole runs of setfiles over one tree, with and without it.

    bench/digest.py BUILDDIR [--files 100000] [--rounds 5] [--dir /var/tmp] [--rules FILE]

The tree is that of walk.py.  A round is, first without -D and then with it:

first    no file has a label, no directory a digest
second   nothing has changed since
changed  one more rule, for a directory with some hundredth of all files

Reported are medians of wall and CPU seconds, and the median of the rounds' ratios of -D to without (wall).
restorecon goes the same way.  There is no rival: where SELinux is off, Debian 12's setfiles -D writes no digest.
"""
import argparse
import os
import shutil
import statistics
import tempfile

from walk import make_tree, timed

ATTRIBUTES = ("security.selinux", "security.sehash", "security.sehash_relabel")
STEPS = ("first", "second", "changed")


def strip(top):
    for base, _, files in os.walk(top):
        for path in [base] + [os.path.join(base, name) for name in files]:
            for name in os.listxattr(path, follow_symlinks=False):
                if name in ATTRIBUTES:
                    os.removexattr(path, name, follow_symlinks=False)
        for name in os.listdir(base):           # links to directories
            path = os.path.join(base, name)
            if os.path.islink(path) and ATTRIBUTES[0] in os.listxattr(path, follow_symlinks=False):
                os.removexattr(path, ATTRIBUTES[0], follow_symlinks=False)


def count(top):
    return sum(len(dirs) + len(files) for _, dirs, files in os.walk(top))


def hundredth(top, all_files):
    """The directory in usr/share or usr/lib whose share is nearest to one in a hundred."""
    dirs = [os.path.join(top, "usr", d, name) for d in ("share", "lib") for name in os.listdir(os.path.join(top, "usr", d))]
    sizes = {d: count(d) for d in dirs if os.path.isdir(d) and not os.path.islink(d)}
    best = min(sizes, key=lambda d: abs(sizes[d] - all_files / 100))
    return best[len(top):], sizes[best]


def steps(program, top, rules, options):
    """Wall and CPU seconds of each step."""
    strip(top)
    os.sync()
    return [timed([program, *options, "-r", top, rules[step == "changed"], top]) for step in STEPS]


def report(rounds):
    for i, step in enumerate(STEPS):
        for d in (False, True):
            wall, cpu = (statistics.median(r[d][i][k] for r in rounds) for k in (0, 1))
            ratio = statistics.median(r[True][i][0] / r[False][i][0] for r in rounds)
            print("%-8s %-3s %8.3f s wall %8.3f s CPU%s" %
                  (step, "-D" if d else "", wall, cpu, "  %.2f of without" % ratio if d else ""))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("build")
    ap.add_argument("--files", type=int, default=100000)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--dir", default="/var/tmp")
    ap.add_argument("--rules", default="/etc/selinux/default/contexts/files/file_contexts")
    args = ap.parse_args()

    scratch = tempfile.mkdtemp(prefix="lbl-bench-", dir=args.dir)
    try:
        top, rules = scratch + "/tree", [args.rules, scratch + "/file_contexts"]
        os.mkdir(top)
        files = make_tree(top, args.files)
        where, some = hundredth(top, files)
        with open(args.rules, encoding="utf-8") as f, open(rules[1], "w", encoding="utf-8") as out:
            out.write(f.read() + "%s/.+\tsystem_u:object_r:etc_t:s0\n" % where)
        for suffix in (".homedirs", ".local", ".subs", ".subs_dist"):
            if os.path.exists(args.rules + suffix):
                shutil.copy(args.rules + suffix, rules[1] + suffix)
        print("%d entries, %d of them in %s, %d rounds" % (files, some, where, args.rounds))
        ours = os.path.join(args.build, "setfiles", "setfiles")
        report([[steps(ours, top, rules, options) for options in ([], ["-D"])] for _ in range(args.rounds)])
    finally:
        shutil.rmtree(scratch)


main()
