#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon under load for a long time.

    soak.py RESTORED BACKEND

SOAK_SECONDS (10; 1800 by hand, with an AddressSanitizer build).  Two users make,
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

from rig import ATTACKER, Attack, DEADLINE, HostileRig, check, run, unlabelled, wait

SECONDS = float(os.environ.get("SOAK_SECONDS", "10"))
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


def soak(r):
    tops = [r.mkdir(n) for n in ("one", "two")]
    for top in tops:
        os.chown(top, ATTACKER, ATTACKER)
    config = ["@/**", "@/one/d1/s1/*"]
    r.start(*config)
    descriptors = r.descriptors()
    loads = [Attack(load(top, i)) for i, top in enumerate(tops)]
    memory, killed, step, start = [], 0, 0, time.monotonic()
    while time.monotonic() - start < SECONDS:
        time.sleep(STEP)
        step += 1
        r.write_rules("web%d_t" % (step // 4))
        half = time.monotonic() - start > SECONDS / 2
        if half:
            memory.append(r.memory())
        elif step % 4 == 0:
            r.kill()
            killed += 1
            time.sleep(STEP / 2)
            r.start()
        if step % 3 == 0:
            r.replace(r.config_file, r.config(*config[:1 + step % 2]))
            r.send(signal.SIGHUP)
    for a in loads:
        a.end()
    want = "system_u:object_r:web%d_t:s0" % (step // 4)
    wait(lambda: not unlabelled(r.tree, want), "all have the label of the last rules",
         DEADLINE + SECONDS / 10)
    wait(lambda: r.descriptors() <= descriptors + 64 + 8, "the descriptors are closed")
    # the first third of the second half is for warming up
    early, late = max(memory[:max(1, len(memory) // 3)]), memory[-1]
    check(late <= early * 1.2 + (64 if r.instrumented() else 4),
          "memory grew from %.1f to %.1f MiB" % (early, late))
    counts = r.status()["counts"]
    r.end()
    for bad in ("AddressSanitizer", "LeakSanitizer", "runtime error"):
        check(bad not in r.said(), "%s:\n%s" % (bad, r.said()[:3000]))
    return "killed %d times; since the last: %d events, %d relabelled, %d overflows, %d reloads; " \
           "%.1f, then %.1f MiB" % (killed, counts["events"], counts["relabelled"],
                                    counts["overflows"], counts["reloads"], early, late)


def main():
    r = HostileRig(*sys.argv[1:3])
    try:
        print(soak(r))
    finally:
        r.close()


if __name__ == "__main__":
    run(main)
