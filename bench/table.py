#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One table per file system: what a walk costs, ours, Debian's setfiles -T 0, and the floor.

    bench/table.py BUILDDIR [--quick] [--kind ext4|xfs|btrfs|tmpfs]... [--scenario NAME]...
                   [--files 200000] [--big 1000000] [--rounds 5] [--delay 500] [--dir /var/tmp]

As root, with SELinux off.  Each file system lies in an image of its own, on a loop device past the
page cache.  The tree is walk.py's (the names of /usr, empty files), the rules are one line, so that
the rival's matching does not count.  Within a round every program runs once, so that a busy
neighbour hits all of them; reported are medians, ratios are medians of the rounds' ratios.

warm    all labels right and in memory.  floor: getdents and one xattr read per entry, two threads
cold    mounted anew before each run, on a disk that takes --delay microseconds for each read
        (64 at a time); threads as the programs choose
first   no entry has a label.  floors: each set by name, and each through a pin
big     as warm, one directory of --big files

files/s, s and CPU s are of the whole process; calls a file are system calls (counted by perf in a run
of its own); MiB is the peak of resident memory.  --quick is what a coffee is good for: half as many files
and three rounds.
"""
import argparse
import collections
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from disks import Image, Memory, hold_on, own_mounts, run
from walk import make_tree

CONTEXT = "system_u:object_r:default_t:s0"
KINDS = ["ext4", "xfs", "btrfs", "tmpfs"]
SCENARIOS = ["warm", "cold", "first", "big"]
BULK = ["ext4", "btrfs"]  # whose labels are read at once
HEAD = ["", "", "files/s", "s", "CPU s", "calls a file", "reads", "MiB", "floor's time (CPU)",
        "Debian's time (CPU)"]

Run = collections.namedtuple("Run", "wall cpu rss reads")


def cost(program, cmd):
    """What a command took; it must not fail."""
    proc = subprocess.run([program, *cmd], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, check=False)
    if proc.returncode != 0:
        sys.exit("%s failed:\n%s" % (" ".join(cmd), proc.stderr[:2000]))
    wall, cpu, rss = proc.stderr.splitlines()[-1].split()
    return float(wall), float(cpu), int(rss)


def count_calls(cmd):
    """System calls of a command; 0 where they cannot be counted."""
    if not shutil.which("perf"):
        return 0
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as out:
        subprocess.run(["perf", "stat", "-x,", "-o", out.name, "-e", "raw_syscalls:sys_enter",
                        *cmd], check=True, stdout=subprocess.DEVNULL)
        counts = [line.split(",")[0] for line in out if "sys_enter" in line]
    return int(counts[0]) if counts and counts[0].isdigit() else 0


def times(over, under):
    """How many times as long, and in brackets how many times the CPU time."""
    return "%.2f (%.2f)" % (statistics.median(a.wall / b.wall for a, b in zip(over, under)),
                            statistics.median(a.cpu / b.cpu for a, b in zip(over, under)))


def row(scenario, name, count, results, calls):
    runs = results[name]
    floor, rival = results.get("floor"), results.get("Debian's")
    wall, cpu, rss, reads = (statistics.median(column) for column in zip(*runs))
    cells = [scenario, name, "%d" % (count / wall), "%.3f" % wall, "%.3f" % cpu,
             "%.2f" % (calls / count) if calls else "", "%d" % reads if reads else "",
             "%.1f" % (rss / 1024),
             times(runs, floor) if floor and runs is not floor else "",
             times(rival, runs) if rival and runs is not rival else ""]
    print("| %s |" % " | ".join(cells))
    sys.stdout.flush()


class Bench:
    """The programs, and what they are asked to do."""

    def __init__(self, args, work):
        self.args = args
        self.work = work
        self.floor = [os.path.join(args.build, "bench", "floor"), "-t", "2"]
        self.cost = os.path.join(args.build, "bench", "cost")
        self.slowdisk = os.path.join(args.build, "bench", "slowdisk")
        self.rules = os.path.join(work, "rules")
        with open(self.rules, "w", encoding="utf-8") as f:
            f.write("/.*\t%s\n" % CONTEXT)

    def ours(self, top, *options):
        return [os.path.join(self.args.build, "setfiles", "setfiles"), *options, "-r", top,
                self.rules, top]

    def rival(self, top):
        if not os.path.exists(self.args.rival):
            return {}
        return {"Debian's": [self.args.rival, "-T", "0", "-r", top, self.rules, top]}

    def measure(self, scenario, count, table, before=lambda: None, reads=None):
        """The rounds, and the rows of the table; @reads counts those of the disk, not calls."""
        results = {name: [] for name in table}
        for _ in range(self.args.rounds):
            for name, cmd in table.items():
                before()
                start = reads() if reads else 0
                taken = cost(self.cost, cmd)
                results[name].append(Run(*taken, reads() - start if reads else 0))
        for name, cmd in table.items():
            before()
            row(scenario, name, count, results, 0 if reads else count_calls(cmd))

    def warm(self, top, count, bulk, scenario="warm"):
        table = {"floor": self.floor + [top], "relabel": self.ours(top, "--bulk=off", "-T", "2")}
        if bulk:
            table["relabel, at once"] = self.ours(top, "--bulk=auto", "-T", "2")
        run(*self.ours(top))
        for cmd in table.values():
            run(*cmd)
        table.update(self.rival(top))
        self.measure(scenario, count, table)

    def first(self, top, count):
        table = {"floor": self.floor + ["-s", CONTEXT, top],
                 "floor, pins": self.floor + ["-p", CONTEXT, top],
                 "relabel": self.ours(top, "-T", "2"), **self.rival(top)}

        def strip():
            run(*self.floor, "-r", top)
            if "security.selinux" in os.listxattr(top):
                os.removexattr(top, "security.selinux")
            run("sync", "-f", top)

        self.measure("first", count, table, strip)

    def cold(self, image, count):
        if not os.path.exists(self.slowdisk):
            print("no slowdisk was built (libfuse3-dev)", file=sys.stderr)
            return
        table = {}
        if self.bulk(image):
            table["relabel, at once"] = self.ours(image.top)
        table["relabel"] = self.ours(image.top, "--bulk=off")
        table.update(self.rival(image.top))

        run(*self.ours(image.top))
        image.slow_down(self.slowdisk, self.args.delay)
        self.measure("cold", count, table, image.forget, image.reads)

    @staticmethod
    def bulk(image):
        return getattr(image, "kind", None) in BULK

    def tree(self, kind, scenarios):
        """All scenarios that are about the tree."""
        image = Memory(self.work) if kind == "tmpfs" else Image(kind, self.work, self.args.files)
        try:
            count = make_tree(os.path.join(image.top, "tree"), self.args.files)
            if "warm" in scenarios:
                self.warm(image.top, count, self.bulk(image))
            if "first" in scenarios:
                self.first(image.top, count)
            if "cold" in scenarios and kind != "tmpfs":
                self.cold(image, count)
        finally:
            image.close()

    def big(self, kind):
        image = Memory(self.work) if kind == "tmpfs" else Image(kind, self.work, self.args.big)
        try:
            os.mkdir(os.path.join(image.top, "big"))
            for i in range(self.args.big):
                os.close(os.open("%s/big/%d" % (image.top, i), os.O_CREAT | os.O_WRONLY, 0o644))
            self.warm(image.top, self.args.big, self.bulk(image), "big")
        finally:
            image.close()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("build")
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--kind", action="append", choices=KINDS)
    ap.add_argument("--scenario", action="append", choices=SCENARIOS)
    ap.add_argument("--files", type=int)
    ap.add_argument("--big", type=int)
    ap.add_argument("--rounds", type=int)
    ap.add_argument("--delay", type=int, default=500)
    ap.add_argument("--dir", default="/var/tmp")
    ap.add_argument("--rival", default="/usr/sbin/setfiles")
    ap.add_argument("--nice", type=int, default=0, help="of all that is measured")
    args = ap.parse_args()
    args.files = args.files or (100000 if args.quick else 200000)
    args.big = args.big or (500000 if args.quick else 1000000)
    args.rounds = args.rounds or (3 if args.quick else 5)
    scenarios = args.scenario or SCENARIOS
    if args.nice:
        hold_on(args.nice)
    with tempfile.TemporaryDirectory(prefix="lbl-bench-", dir=args.dir) as work:
        bench = Bench(args, work)
        for kind in args.kind or KINDS:
            print("\n### %s\n" % kind)
            print("| %s |" % " | ".join(HEAD))
            print("|%s" % ("---|" * len(HEAD)))
            if set(scenarios) - {"big"}:
                bench.tree(kind, scenarios)
            if "big" in scenarios:
                bench.big(kind)


if __name__ == "__main__":
    own_mounts()
    main()
