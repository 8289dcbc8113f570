#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""syscalls.py SETFILES: what one unchanged file costs in system calls, counted by strace.

Two trees that differ in nothing but the number of regular files are checked; the difference of the
counts is the price of the files alone, whatever start-up, threads and directories cost.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

SMALL, LARGE, DIRS = 1000, 5000, 10
SPEC = "/.* system_u:object_r:default_t:s0\n/dir.*/file.* -- system_u:object_r:file_t:s0\n"
# reads of a label; what stats or opens; the rest must not grow by more than getdents and locks do
READ = re.compile(r"^(l|f)?getxattr(at)?$|^syscall_0x1d0$")
DEAR = re.compile(r"stat|^open|^close$|^readlink|^access|^faccess|setxattr")


def skip(why):
    print("SKIP:", why)
    sys.exit(77)


def make(root, files):
    for d in range(DIRS):
        os.makedirs(os.path.join(root, "dir%d" % d))
        for f in range(files // DIRS):
            os.close(os.open(os.path.join(root, "dir%d" % d, "file%d" % f),
                             os.O_CREAT | os.O_WRONLY))


def count(setfiles, spec, root, out):
    # not strace -c: that leaves out calls younger than strace, which is what getxattrat often is
    p = subprocess.run(["strace", "-f", "-o", out, setfiles, "-T", "2", "-r", root, spec, root],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                       env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    if not os.path.exists(out) or os.path.getsize(out) == 0:
        skip("strace does not work here: %s" % p.stdout.decode(errors="replace").strip())
    if p.returncode:
        sys.exit("setfiles under strace: %d\n%s" % (p.returncode, p.stdout.decode()))
    calls = {}
    for line in open(out, encoding="utf-8", errors="replace"):
        m = re.match(r"\d+ +(\w+)\(", line)
        if m:
            calls[m.group(1)] = calls.get(m.group(1), 0) + 1
    return calls


def main():
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        skip("usage: syscalls.py SETFILES (no such program: %s)" % sys.argv[1:])
    if not shutil.which("strace"):
        skip("no strace")
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="relabel-syscalls-", dir=base) as work:
        try:
            os.setxattr(work, "security.selinux", b"system_u:object_r:default_t:s0\0")
        except OSError as e:
            skip("cannot write security.selinux: %s" % e.strerror)
        spec = os.path.join(work, "spec")
        with open(spec, "w", encoding="utf-8") as f:
            f.write(SPEC)
        got = []
        for n in (SMALL, LARGE):
            root = os.path.join(work, "tree%d" % n)
            make(root, n)
            subprocess.run([sys.argv[1], "-r", root, spec, root], check=True)
            got.append(count(sys.argv[1], spec, root, os.path.join(work, "out%d" % n)))
    more = {k: got[1].get(k, 0) - got[0].get(k, 0) for k in got[0].keys() | got[1].keys()}
    files = LARGE - SMALL
    reads = sum(v for k, v in more.items() if READ.match(k))
    dear = {k: v for k, v in more.items() if DEAR.search(k) and v > files // 100}
    print("for %d more files: %s" % (files, {k: v for k, v in sorted(more.items()) if v}))
    bad = []
    if reads != files:
        bad.append("%d label reads, not one each" % reads)
    if dear:
        bad.append("stats, opens or writes grow with the files: %s" % dear)
    if sum(v for v in more.values() if v > 0) > files * 1.2:
        bad.append("more than 1.2 system calls a file")
    for b in bad:
        print("FAILED:", b)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
