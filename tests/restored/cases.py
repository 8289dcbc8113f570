#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""cases.py RESTORED FILESYSTEM BACKEND [CASE...]: the daemon from one end to the other, on a file
system of its own (tmpfs, ext4, xfs, btrfs) with one back end (inotify, fanotify, auto).  Needs root,
for security.* attributes and for mounting; SELinux is not needed.

Most cases wait most of the time: several run at once, each with a daemon, a directory and mounts of
its own.  Those marked alone follow, one at a time: they make so many events that those of others could
be lost.  Those marked big say nothing about a file system that the others do not; they run on tmpfs,
with each back end.  LBL_ALL=1 runs them on all.

A case is a function marked so (runner.py) in a file cases_*.py; it is given a Rig (rig.py)."""
import glob
import importlib
import os
import shutil
import signal
import sys
import tempfile

from rig import own_mounts, skip
from runner import Filesystem, Runner, choose

AT_ONCE = 6  # each daemon takes three of the 128 inotify instances a user may have


def load():
    """Each file's cases enter themselves."""
    here = os.path.dirname(os.path.abspath(__file__))
    for path in sorted(glob.glob(glob.escape(here) + "/cases_*.py")):
        importlib.import_module(os.path.basename(path)[:-len(".py")])


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, kind, back_end = sys.argv[1:4]
    load()
    quiet, loud = choose(kind, sys.argv[4:])
    if os.geteuid() != 0:
        skip("needs root")
    if os.path.exists("/sys/fs/selinux/enforce"):
        skip("SELinux is enabled: the contexts of these tests are none of its policy's")
    if not own_mounts():
        skip("no mount namespace can be had")
    # a test that takes too long cleans up, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scratch = tempfile.mkdtemp(prefix="restored-")
    fs = runner = None
    try:
        fs = Filesystem(kind, scratch + "/fs")
        runner = Runner(os.path.abspath(program), back_end, scratch, fs)
        runner.run(quiet, AT_ONCE)
        runner.run(loud, 1)
    finally:
        if runner:
            runner.stop()
        if fs:
            fs.close()
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d cases, %d failed" % (len(quiet) + len(loud), runner.bad))
    sys.exit(runner.bad != 0 or not quiet + loud)


main()
