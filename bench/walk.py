#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole runs over one tree: our setfiles, Debian's, and the floor, in alternating rounds.

    bench/walk.py BUILDDIR [--files 200000] [--rounds 5] [--dir /var/tmp] [--rules FILE]
                  [--scenario check|force|first]... [--io sync|uring|auto]... [--one-rule] [--keep]

The tree has the names, kinds and depth of the machine's /usr (again below usr/share/copyN until
there are enough files); files are empty, because labels are what is measured.  Each round runs
every program once, one after the other, so that a busy neighbour hits all of them; reported are
medians of wall and CPU seconds and the median of the round-by-round ratio to the floor (wall).

check   everything is labelled right already: the daily `restorecon -R`
force   the same with -F
first   no file has a label (they are removed before each run, outside the time)

With --io, ours runs once for each of these ways to write instead; the ratio of each to the first
one named is printed as well.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

XATTR = "security.selinux"


def copy_usr(root, limit):
    """An empty copy of /usr at `root`; returns how many entries were made."""
    os.makedirs(root)
    made = 0
    for base, dirs, files in os.walk("/usr"):
        here = root + base[len("/usr"):]
        for name in dirs + files:
            path, copy = os.path.join(base, name), os.path.join(here, name)
            if os.path.islink(path):
                os.symlink(os.readlink(path), copy)
            elif name in dirs:
                os.mkdir(copy)
            else:
                os.close(os.open(copy, os.O_CREAT | os.O_WRONLY, 0o644))
            made += 1
        if made >= limit:
            break
    return made


def make_tree(top, want):
    made, copies = 0, 0
    while made < want:
        where = "usr" if copies == 0 else "usr/share/copy%d" % copies
        made += copy_usr(os.path.join(top, where), want - made)
        copies += 1
    return made


def strip_labels(top):
    for base, dirs, files in os.walk(top):
        for name in dirs + files:
            try:
                os.removexattr(os.path.join(base, name), XATTR, follow_symlinks=False)
            except OSError:
                pass
    try:
        os.removexattr(top, XATTR)
    except OSError:
        pass


def timed(cmd):
    start = time.monotonic()
    proc = subprocess.Popen(cmd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = proc.stderr.read()
    _, status, usage = os.wait4(proc.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit("%s failed:\n%s" % (" ".join(cmd), errors.decode(errors="replace")[:2000]))
    return wall, usage.ru_utime + usage.ru_stime


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("build")
    ap.add_argument("--files", type=int, default=200000)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--dir", default="/var/tmp")
    ap.add_argument("--rules", default="/etc/selinux/default/contexts/files/file_contexts")
    ap.add_argument("--one-rule", action="store_true",
                    help="a rule set of one line: the walks alone, without the rival's matching")
    ap.add_argument("--rival", default="/usr/sbin/setfiles")
    ap.add_argument("--scenario", action="append", choices=["check", "force", "first"])
    ap.add_argument("--io", action="append", choices=["sync", "uring", "auto"],
                    help="compare these ways to write labels")
    ap.add_argument("--keep", action="store_true")
    args = ap.parse_args()

    ours = os.path.join(args.build, "setfiles", "setfiles")
    floor = os.path.join(args.build, "bench", "floor")
    scratch = top = tempfile.mkdtemp(prefix="lbl-bench-", dir=args.dir)
    try:
        if args.one_rule:
            args.rules = os.path.join(top, "rules")
            with open(args.rules, "w") as f:
                f.write("/.*\tsystem_u:object_r:default_t:s0\n")
        top = os.path.join(top, "tree")
        os.mkdir(top)
        count = make_tree(top, args.files)
        print("%d entries below %s, %d threads, %d rounds" %
              (count, args.dir, args.threads, args.rounds))
        job = ["-r", top, args.rules, top]

        def programs(extra):
            table = {"floor": [floor, "-t", str(args.threads), top]}
            for io in args.io or [None]:
                way = ["--io", io] if io else []
                name = "ours, " + io if io else "ours"
                table[name] = [ours, "-T", str(args.threads)] + way + extra + job
                table[name + ", 1 thread"] = [ours, "-T", "1"] + way + extra + job
            if os.path.exists(args.rival):
                table["Debian's"] = [args.rival, "-T", str(args.threads)] + extra + job
            return table

        for scenario in args.scenario or ["check", "force", "first"]:
            extra = ["-F"] if scenario == "force" else []
            table = programs(extra)
            timed([ours] + extra + job)  # labels everything, warms the cache
            results = {name: [] for name in table}
            for _ in range(args.rounds):
                for name, cmd in table.items():
                    if scenario == "first" and name != "floor":
                        strip_labels(top)
                    results[name].append(timed(cmd))
            print("\n%s" % scenario)
            print("  %-16s %9s %9s %12s %9s" % ("", "wall s", "CPU s", "files/s", "x floor"))
            for name, runs in results.items():
                wall = statistics.median(r[0] for r in runs)
                cpu = statistics.median(r[1] for r in runs)
                ratio = statistics.median(r[0] / f[0] for r, f in zip(runs, results["floor"]))
                print("  %-16s %9.3f %9.3f %12.0f %9.2f" % (name, wall, cpu, count / wall, ratio))
            if "Debian's" in results and "ours" in results:
                print("  Debian's / ours: %.1fx" % statistics.median(
                    d[0] / o[0] for d, o in zip(results["Debian's"], results["ours"])))
            for io in (args.io or [])[1:]:
                for one in ["", ", 1 thread"]:
                    a, b = results["ours, %s%s" % (io, one)], results["ours, %s%s" % (args.io[0], one)]
                    print("  %s / %s%s: wall %.2f, CPU %.2f" % (
                        io, args.io[0], one,
                        statistics.median(x[0] / y[0] for x, y in zip(a, b)),
                        statistics.median(x[1] / y[1] for x, y in zip(a, b))))
    finally:
        if args.keep:
            print("kept:", scratch)
        else:
            shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
