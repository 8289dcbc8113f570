#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon at work: ours, and Debian's restorecond where that can be made to run.

    bench/restored.py BUILDDIR [--files 200000] [--dirs 100] [--rounds 3] [--dir /dev/shm]
                      [--back-end inotify|fanotify]... [--rival /usr/sbin/restorecond] [--policy DIR]

rate     FILES are made in DIRS directories, round robin, as fast as one process can; until every
         one of them has its label.  Files a second over all of that time, CPU of the daemon per
         file, and how many had no label after 0.3 s without any progress.  The rival gets 16,000
         files: what its queue holds.  With more it takes the kernel's word that events were lost for
         a change of utmp, loses them, and ends if there is no utmp.
latency  5,000 files, one after the other: from the call of mknod() until getxattr() shows the
         label, asked for without pause.
memory   resident, with 10,000 directories watched and nothing to do.

Each round runs every daemon once.  As root, SELinux off, on a file system that keeps security.*; a
tmpfs, so that it is not the disk's journal that is measured.
Rates and delays of ours are switched off: they are there for other users' sake.  The rival is told
that SELinux is on by a preloaded library (compiled here), which also shows it an empty list of
mounts: it leaves out those without "seclabel".  It finds its policy in a mount namespace of its own.
"""
import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

XATTR = "security.selinux"
MEMORY_DIRS = 10000
SAMPLES = 5000
PATIENCE = 0.3
PID_FILE = "/run/restorecond.pid"
OPEN_RATES = ["--rate", "0", "--dir-rate", "0"]

PRELOAD = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
int is_selinux_enabled(void) { return 1; }
FILE *fopen(const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen");
	return next(strcmp(path, "/proc/mounts") ? path : "/dev/null", mode);
}
FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }
"""


def labelled(path):
    try:
        os.getxattr(path, XATTR)
        return True
    except OSError:
        return False


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("waited %d s for %s" % (seconds, what))
        time.sleep(0.005)


class Daemon:
    """One run of a daemon; `watched` is a list of directories of which every name is wanted."""

    def __init__(self, name, work, watched):
        self.name, self.work = name, work
        with open(os.path.join(work, "config"), "w") as f:
            f.writelines(d + "/*\n" for d in watched)
        self.log = open(os.path.join(work, "log"), "w")
        self.start()
        self.started(watched)

    def spawn(self, cmd, **env):
        self.process = subprocess.Popen(cmd, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, env=dict(os.environ, **env))
        self.pid = self.process.pid


    def cpu(self):
        with open("/proc/%d/schedstat" % self.pid) as f:
            return int(f.read().split()[0]) / 1e9

    def rss(self):
        with open("/proc/%d/status" % self.pid) as f:
            return [int(s.split()[1]) for s in f if s.startswith("VmRSS")][0] / 1024

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        self.process.wait(20)
        self.log.close()


class Ours(Daemon):
    most = 1 << 30

    def __init__(self, build, back_end, policy, work, watched):
        self.build, self.back_end, self.policy = build, back_end, policy
        super().__init__("restored, " + back_end, work, watched)

    def start(self):
        where = os.path.join(self.work, "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(where)
        self.spawn([os.path.join(self.build, "restored", "restored"), "--foreground",
                    "--even-if-disabled", "--policy-root", self.policy, "--back-end", self.back_end,
                    "-f", os.path.join(self.work, "config"), "--run-dir", self.work,
                    "--max-dirs", "100000"] + OPEN_RATES, NOTIFY_SOCKET=where)

    def started(self, watched):
        self.notify.settimeout(60)
        while b"READY=1" not in self.notify.recv(4096):
            pass


class Rival(Daemon):
    most = 16000    # fs.inotify.max_queued_events is 16384: it cannot do with lost events

    def __init__(self, program, policy, work, watched):
        self.program, self.policy = program, policy
        super().__init__("restorecond", work, watched)

    def start(self):
        preload = os.path.join(self.work, "preload.so")
        with open(os.path.join(self.work, "preload.c"), "w") as f:
            f.write(PRELOAD)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", preload, f.name], check=True)
        selinux = os.path.join(self.work, "selinux")
        os.mkdir(selinux)
        os.mkdir(os.path.join(selinux, "mini"))
        with open(os.path.join(selinux, "config"), "w") as f:
            f.write("SELINUX=enforcing\nSELINUXTYPE=mini\n")
        if os.path.exists(PID_FILE):
            os.unlink(PID_FILE)
        self.spawn(["unshare", "-m", "sh", "-c",
                    'mount --bind "$2" "$1/mini" && mount --rbind "$1" /etc/selinux && '
                    'export LD_PRELOAD="$3" && exec "$4" -f "$5"', "sh", selinux, self.policy,
                    preload, self.program, os.path.join(self.work, "config")])

    def started(self, watched):
        # it goes to the background
        if self.process.wait(60) != 0:
            sys.exit("restorecond ended:\n" + open(self.log.name).read())
        wait_for("its pid", lambda: os.path.exists(PID_FILE) and os.path.getsize(PID_FILE))
        with open(PID_FILE) as f:
            self.pid = int(f.read())
        probe = os.path.join(watched[-1], "probe")
        os.close(os.open(probe, os.O_CREAT | os.O_WRONLY, 0o600))
        wait_for("restorecond", lambda: labelled(probe), 120)
        os.unlink(probe)


def make_dirs(top, n):
    dirs = [os.path.join(top, "d%d" % i) for i in range(n)]
    for d in dirs:
        os.makedirs(d)
    return dirs


def rate(daemon, dirs, files):
    """-> files a second, CPU microseconds a file, files without a label"""
    names = [os.path.join(dirs[i % len(dirs)], "f%d" % i) for i in range(files)]
    cpu, start = daemon.cpu(), time.monotonic()
    for name in names:
        os.mknod(name, 0o600)
    made = time.monotonic() - start
    waiting, since = names, time.monotonic()
    end = since
    while waiting and time.monotonic() - since < PATIENCE:
        # what has come in the meantime: names from the front are likely to be done
        left = [n for n in waiting if not labelled(n)]
        if len(left) < len(waiting):
            since = end = time.monotonic()
        waiting = left
    done = files - len(waiting)
    return files / made, done / (end - start), (daemon.cpu() - cpu) / files * 1e6, len(waiting)


def latency(directory):
    """-> sorted seconds"""
    took = []
    for i in range(SAMPLES):
        name = os.path.join(directory, "l%d" % i)
        start = time.perf_counter()
        os.mknod(name, 0o600)
        while not labelled(name):
            if time.perf_counter() - start > 5:
                sys.exit("%s never got a label" % name)
        took.append(time.perf_counter() - start)
    return sorted(took)


def one_round(make, base, args):
    with tempfile.TemporaryDirectory(dir=base) as work:
        top = os.path.join(work, "tree")
        dirs = make_dirs(top, args.dirs)
        daemon = make(work, dirs)
        try:
            result = dict(zip(("made", "rate", "cpu", "lost"), rate(daemon, dirs, min(args.files, daemon.most))))
            took = latency(dirs[0])
        finally:
            daemon.stop()
        result.update(p50=took[len(took) // 2] * 1e6, p99=took[len(took) * 99 // 100] * 1e6)
    with tempfile.TemporaryDirectory(dir=base) as work:
        dirs = make_dirs(os.path.join(work, "tree"), MEMORY_DIRS)
        daemon = make(work, dirs)
        try:
            time.sleep(0.5)
            result["rss"] = daemon.rss()
        finally:
            daemon.stop()
    return daemon.name, result


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--files", type=int, default=200000)
    parser.add_argument("--dirs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dir", default="/dev/shm")
    parser.add_argument("--back-end", action="append", choices=["inotify", "fanotify"])
    parser.add_argument("--rival", default="/usr/sbin/restorecond")
    parser.add_argument("--nice", type=int, default=0, help="of all that is measured: -20 where "
                        "others are at work")
    parser.add_argument("--policy", help="policy directory; default: one of a single rule")
    args = parser.parse_args()

    os.setpriority(os.PRIO_PROCESS, 0, args.nice)
    try:
        with open("/proc/self/autogroup", "w") as f:    # priorities count within a session only
            f.write(str(args.nice))
    except OSError:
        pass
    base = tempfile.mkdtemp(prefix="bench-restored-", dir=args.dir)
    try:
        policy = args.policy
        if not policy:
            policy = os.path.join(base, "policy")
            os.makedirs(os.path.join(policy, "contexts/files"))
            with open(os.path.join(policy, "contexts/files/file_contexts"), "w") as f:
                f.write("/.*\tsystem_u:object_r:bench_t:s0\n")
        daemons = [lambda work, dirs, b=b: Ours(args.build, b, policy, work, dirs)
                   for b in args.back_end or ["inotify", "fanotify"]]
        if os.access(args.rival, os.X_OK):
            daemons.append(lambda work, dirs: Rival(args.rival, policy, work, dirs))
        else:
            print("no rival: %s is not there" % args.rival)
        results = {}
        for _ in range(args.rounds):
            for make in daemons:
                name, result = one_round(make, base, args)
                results.setdefault(name, []).append(result)
                print("%s: %s" % (name, ", ".join("%s %.0f" % i for i in result.items())),
                      flush=True)
        print("\n%d files in %d directories, medians of %d rounds\n" %
              (args.files, args.dirs, args.rounds))
        print("| | made/s | labelled/s | CPU a file | without a label | p50 | p99 | "
              "memory, %d directories |\n|---|---|---|---|---|---|---|---|" % MEMORY_DIRS)
        for name, runs in results.items():
            m = {k: statistics.median(r[k] for r in runs) for k in runs[0]}
            print("| %s | %.0f | %.0f | %.1f us | %.0f | %.0f us | %.0f us | %.1f MiB |" %
                  (name, m["made"], m["rate"], m["cpu"], m["lost"], m["p50"], m["p99"], m["rss"]))
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
