#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""matchpathcon as a process, ours and the distribution's, one after the other.

    bench/process.py BUILDDIR [--rounds 300] [--rival /usr/sbin/matchpathcon] [--rules FILE]

Scripts start it once a path, so what counts is from the start to the end of a process.  Each round
starts every program once; reported are medians of wall and CPU time and the median of the rounds'
ratios.  "true" is a process that does nothing, the floor of everything that is started.

active    `matchpathcon /etc/passwd` with the installed policy, as it lies there; the rival takes its
          .bin files where there are some
text      the same rules where no .bin is beside them (`-f`)
compiled  these with what `relabel compile` makes of them; the rival still reads text
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def once(argv, null):
    """Wall and CPU seconds of one process."""
    start = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, {"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit("%s failed" % " ".join(argv))
    return wall, used.ru_utime + used.ru_stime


def row(name, programs, rounds, null):
    times = {p: [] for p in programs}
    for argv in programs.values():
        once(argv, null)
    for _ in range(rounds):
        for p, argv in programs.items():
            times[p].append(once(argv, null))
    for p in programs:
        wall, cpu = (statistics.median(t[i] for t in times[p]) for i in (0, 1))
        ratio = statistics.median(a[0] / b[0] for a, b in zip(times[p], times["ours"]))
        ratio_cpu = statistics.median(a[1] / max(b[1], 1e-6)
                                      for a, b in zip(times[p], times["ours"]))
        print("%-8s %-6s %8.2f ms wall %8.2f ms CPU   %5.1fx wall %5.1fx CPU" %
              (name, p, wall * 1e3, cpu * 1e3, ratio, ratio_cpu), flush=True)


def copy_without_bin(rules, where):
    for suffix in ("", ".homedirs", ".local", ".subs", ".subs_dist"):
        if os.path.exists(rules + suffix):
            shutil.copyfile(rules + suffix, os.path.join(where, "file_contexts" + suffix))
    return os.path.join(where, "file_contexts")


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    a.add_argument("build")
    a.add_argument("--rounds", type=int, default=300)
    a.add_argument("--rival", default="/usr/sbin/matchpathcon")
    a.add_argument("--rules",
                   default="/etc/selinux/default/contexts/files/file_contexts")
    args = a.parse_args()
    ours = os.path.join(os.path.abspath(args.build), "query", "matchpathcon")
    programs = {"true": ["/bin/true"], "ours": [ours]}
    if os.path.exists(args.rival):
        programs["rival"] = [args.rival]
    null = os.open("/dev/null", os.O_WRONLY)
    with tempfile.TemporaryDirectory(prefix="relabel-process-") as where:
        text = copy_without_bin(args.rules, where)
        for name, options in (("active", []), ("text", ["-f", text]), ("compiled", ["-f", text])):
            if name == "compiled":
                subprocess.run([os.path.join(args.build, "setfiles", "relabel"), "compile", text],
                               check=True)
            row(name, {p: argv + ([] if p == "true" else options + ["/etc/passwd"])
                       for p, argv in programs.items()}, args.rounds, null)


if __name__ == "__main__":
    main()
