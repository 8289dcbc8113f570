#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon under load for a long time.

    soak.py RESTORED [inotify|fanotify]...

SOAK_SECONDS (20; 1800 by hand, with an AddressSanitizer build) with each back end.  Two users make,
rename, move and remove files and whole directories in a watched tree; the rules and the
configuration are replaced, and in the first half the daemon is killed now and then, while files go
on being made.  At the end every file has the label of the last rules, the daemon has no more
descriptors than at the start and in the second half no more memory, and it ends by itself without a
leak.
"""
import os
import random
import shutil
import signal
import sys
import time

from hostile import Attack, Daemon, Place, fail, label, wait_for

SECONDS = float(os.environ.get("SOAK_SECONDS", "20"))
BACK_ENDS = ("inotify", "fanotify")
STEP = max(0.5, SECONDS / 40)


def load(top, seed):
    """One round of what users do, in a directory of its own."""
    rnd = random.Random(seed)

    def work():
        base = os.path.join(top, "d%d" % rnd.randrange(40))
        deep = os.path.join(base, *("s%d" % rnd.randrange(4) for _ in range(rnd.randrange(5))))
        os.makedirs(deep, exist_ok=True)
        for i in range(rnd.randrange(30)):
            name = os.path.join(deep, "f%d" % rnd.randrange(60))
            with open(name, "w") as f:
                f.write("x")
            if i % 3 == 0:
                os.rename(name, os.path.join(deep, "g%d" % rnd.randrange(60)))
        if rnd.random() < 0.2:
            shutil.rmtree(base)
        elif rnd.random() < 0.2:
            other = os.path.join(top, "d%d" % rnd.randrange(40))
            if other != base:
                shutil.rmtree(other, ignore_errors=True)
                os.rename(base, other)
        time.sleep(0.002)
    return work


def not_labelled(tree, kind):
    for base, dirs, files in os.walk(tree):
        for name in dirs + files:
            path = os.path.join(base, name)
            if label(path) != kind:
                return path
    return None


def soak(program, back_end, place):
    tops = [os.path.join(place.tree, n) for n in ("one", "two")]
    for top in tops:
        os.mkdir(top)
        os.chown(top, 65534, 65534)
    config = [place.tree + "/**", place.tree + "/one/d1/s1/*"]
    daemon = Daemon(program, place, config, "--back-end", back_end)
    descriptors = daemon.descriptors()
    loads = [Attack(load(top, i)) for i, top in enumerate(tops)]
    memory, killed, step, start = [], 0, 0, time.monotonic()
    while time.monotonic() - start < SECONDS:
        time.sleep(STEP)
        step += 1
        place.write_rules("web%d_t" % (step // 4))
        half = time.monotonic() - start > SECONDS / 2
        if half:
            memory.append(daemon.memory())
        elif step % 4 == 0:
            if daemon.end(signal.SIGKILL) != -signal.SIGKILL:
                fail("it had ended by itself:\n" + daemon.log()[-3000:])
            killed += 1
            time.sleep(STEP / 2)
            daemon.start()
        if step % 3 == 0:
            with open(daemon.config + ".new", "w") as f:
                f.writelines(line + "\n" for line in config[:1 + step % 2])
            os.rename(daemon.config + ".new", daemon.config)
            daemon.process.send_signal(signal.SIGHUP)
    for a in loads:
        a.end()
    kind = "web%d_t" % (step // 4)
    end = time.monotonic() + 60 + SECONDS / 10
    while (left := not_labelled(place.tree, kind)):
        if time.monotonic() > end:
            fail("%s is %s, not %s; %r\n%s" % (left, label(left), kind, daemon.status(),
                                               daemon.log()[-2000:]))
        time.sleep(0.1)
    wait_for("the descriptors to be closed", lambda: daemon.descriptors() <= descriptors + 64 + 8)
    # the first third of the second half is for warming up
    early, late = max(memory[:max(1, len(memory) // 3)]), memory[-1]
    if late > early * 1.2 + (64 if daemon.is_asan() else 4):
        fail("memory grew from %.1f to %.1f MiB" % (early, late))
    counts = daemon.status()["counts"]
    daemon.stop()
    for bad in ("AddressSanitizer", "LeakSanitizer", "runtime error"):
        if bad in daemon.log():
            fail("%s:\n%s" % (bad, daemon.log()[:3000]))
    return "killed %d times; since the last: %d events, %d relabelled, %d overflows, %d reloads; " \
           "%.1f, then %.1f MiB" % (killed, counts["events"], counts["relabelled"],
                                    counts["overflows"], counts["reloads"], early, late)


def main():
    for back_end in sys.argv[2:] or BACK_ENDS:
        place = Place()
        try:
            print("%s: %s" % (back_end, soak(sys.argv[1], back_end, place)), flush=True)
        finally:
            place.remove()


if __name__ == "__main__":
    main()
