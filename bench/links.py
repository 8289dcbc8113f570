#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""links.py BUILDDIR [N]: memory of the table of inodes with several names.

N inodes (500,000) in a tmpfs have two names each, whose rules disagree.  Peak memory of a run with
the table, less that of one without it (-A), is what N entries cost."""
import os
import subprocess
import sys
import tempfile

PER_DIRECTORY = 1000


def make(top, n):
    for i in range(n // PER_DIRECTORY):
        for side in "ab":
            os.makedirs("%s/%s/%d" % (top, side, i))
        for k in range(PER_DIRECTORY):
            name = "%s/a/%d/%d" % (top, i, k)
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
            os.link(name, "%s/b/%d/%d" % (top, i, k))


def peak(build, *options):
    argv = [build + "/bench/cost", build + "/setfiles/setfiles", *options]
    p = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                       check=False)
    if p.returncode:
        sys.exit("%s: status %d" % (" ".join(argv), p.returncode))
    return int(p.stderr.split()[-1]) * 1024


def main():
    build, n = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500000
    top = tempfile.mkdtemp(prefix="lbl-links-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80%,nr_inodes=0", "none", top], check=True)
    try:
        rules = top + "/rules"
        with open(rules, "w") as f:
            f.write("/.* u:object_r:a_t:s0\n%s/b(/.*)? u:object_r:b_t:s0\n" % top)
        make(top, n)
        without = peak(build, "-T", "1", "-A", "-n", rules, top)
        table = peak(build, "-T", "1", "-n", rules, top)
        print("%d inodes: %.1f MB without the table, %.1f MB with it, %.0f bytes each"
              % (n, without / 1e6, table / 1e6, (table - without) / n))
    finally:
        subprocess.run(["umount", top], check=True)
        os.rmdir(top)


main()
