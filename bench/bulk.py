#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A check of a whole file system, with its labels read at once, one by one, and by Debian's setfiles.

    bench/bulk.py BUILDDIR [--kind ext4|btrfs]... [--files 200000] [--rounds 5] [--dir /var/tmp]
                  [--policy] [--cold-rounds 5] [--nice 0]

On a file system of its own in an image file, on a loop device past the page cache (direct-io), so
that what is cold comes from the disk.  All labels are right.  The tree is walk.py's.  Programs
alternate; reported are medians of wall and CPU seconds, the shortest run, and medians of the
round-by-round ratios, of wall and of CPU seconds.

warm    everything is in memory; floor is getdents and one getxattrat per entry, in two threads
cold    mounted anew before each run
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

from disks import Image, hold_on, own_mounts
from walk import make_tree, timed

POLICY = "/etc/selinux/default/contexts/files/file_contexts"


def report(title, results, count, base):
    print("\n%s" % title)
    print("  %-16s %9s %9s %9s %12s %16s %10s" %
          ("", "wall s", "best s", "CPU s", "files/s", base + " /", "CPU"))
    for name, runs in results.items():
        wall = statistics.median(r[0] for r in runs)
        ratios = [statistics.median(b[i] / r[i] for r, b in zip(runs, results[base]))
                  for i in (0, 1)]
        print("  %-16s %9.3f %9.3f %9.3f %12.0f %15.2fx %9.2fx" %
              (name, wall, min(r[0] for r in runs), statistics.median(r[1] for r in runs),
               count / wall, *ratios))
    sys.stdout.flush()


def rounds(n, table, before):
    results = {name: [] for name in table}
    for _ in range(n):
        for name, cmd in table.items():
            before()
            results[name].append(timed(cmd))
    return results


def measure(image, args, rules):
    ours = [os.path.join(args.build, "setfiles", "setfiles")]
    job = ["-r", image.top, rules, image.top]
    count = make_tree(os.path.join(image.top, "tree"), args.files)
    subprocess.run(ours + job, check=True, stdout=subprocess.DEVNULL)
    two = ["-T", "2"]
    table = {
        "floor": [os.path.join(args.build, "bench", "floor"), "-t", "2", image.top],
        "at once": ours + two + job,
        "one by one": ours + ["--bulk=off"] + two + job,
    }
    rounds(1, table, lambda: None)
    report("warm, %d entries" % count, rounds(args.rounds, table, lambda: None), count, "floor")

    if not args.cold_rounds:
        return

    table = {"at once": ours + job, "one by one": ours + ["--bulk=off"] + job}
    if os.path.exists(args.rival):
        table["Debian's -T 0"] = [args.rival, "-T", "0"] + job
    base = list(table)[-1]
    report("cold, %d entries" % count, rounds(args.cold_rounds, table, image.forget), count, base)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("build")
    ap.add_argument("--kind", action="append", choices=["ext4", "btrfs"])
    ap.add_argument("--files", type=int, default=200000)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--cold-rounds", type=int, default=5)
    ap.add_argument("--dir", default="/var/tmp")
    ap.add_argument("--policy", action="store_true",
                    help="the installed policy's rules; else one rule: the rival's matching aside")
    ap.add_argument("--rival", default="/usr/sbin/setfiles")
    ap.add_argument("--nice", type=int, default=0, help="of all that is measured")
    args = ap.parse_args()
    if args.nice:
        hold_on(args.nice)
    with tempfile.TemporaryDirectory(prefix="lbl-bench-", dir=args.dir) as work:
        rules = POLICY
        if not args.policy:
            rules = os.path.join(work, "rules")
            with open(rules, "w", encoding="utf-8") as f:
                f.write("/.*\tsystem_u:object_r:default_t:s0\n")
        for kind in args.kind or ["ext4", "btrfs"]:
            print("\n== %s" % kind)
            image = Image(kind, work)
            try:
                measure(image, args, rules)
            finally:
                image.close()


if __name__ == "__main__":
    own_mounts()
    main()
