#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tree.py RELABEL MATCHPATHCON [SETS]: what lint says of libselinux's tree, asked of that tree.

Random rule sets, SETS of them (300; 60 with LBL_ORACLE=quick).  Where `relabel lint` says
tree-difference, the libselinux of Debian 13 (3.8) must answer otherwise than ours at the path shown;
a spec of which it says nothing must win the same of all paths of three names and four levels.  That
libselinux is the one that the test `newer` fetches.
"""
import glob
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

NAMES = "abc"
DEPTH = 4
KINDS = ("file", "dir", "lnk_file")
PARTS = ("a", "b", "c", "a", "b", "[ab]", ".*", "a?", "[^/]*", "(a|b)", ".")


def theirs():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    root = os.path.join(home, "relabel", "debian-13")
    loader = glob.glob(root + "/usr/lib/*-linux-gnu*/ld-linux*.so.*")
    tool = root + "/usr/sbin/matchpathcon"
    if not loader or not os.path.exists(tool):
        print(f"skipped: no libselinux of Debian 13 in {root} (the test newer fetches it)")
        sys.exit(77)
    return [loader[0], "--library-path", os.path.dirname(loader[0]), tool]


def regex(rng):
    text = ""
    for _ in range(rng.randint(1, 5)):
        text += "/" + rng.choice(PARTS)
        if rng.random() < 0.12:
            text += "/" + rng.choice("?*")
    return text + rng.choice(("", "", "", "(/.*)?", "/?", "/.*"))


def specs(rng):
    found = {}
    for i in range(rng.randint(2, 7)):
        context = "<<none>>" if rng.random() < 0.45 else f"u:r:t{i}"
        found.setdefault(regex(rng), (rng.choice(("", "", "", "-d", "--")), context))
    return [f"{r} {kind} {context}\n" for r, (kind, context) in found.items()]


def ask(tool, base, kind, paths):
    got = subprocess.run([*tool, "-n", "-m", kind, "-f", base, *paths], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines()
    if len(got) != len(paths):
        sys.exit(f"{tool[-1]}: {len(got)} answers for {len(paths)} paths")
    return got


def one_set(rng, base, tools, relabel, paths):
    """Return (claims, different paths, complaints)."""
    lines = specs(rng)
    cut = rng.choice((len(lines), len(lines), rng.randint(1, len(lines))))
    for suffix, part in (("", lines[:cut]), (".local", lines[cut:])):
        with open(base + suffix, "w", encoding="ascii") as f:
            f.writelines(part)
    out = subprocess.run([relabel, "lint", "--json", "--only", "tree-difference", base],
                         stdout=subprocess.PIPE, check=False).stdout
    claims = json.loads(out)["findings"]
    asked = [c["witness"] for c in claims] + paths
    differ = {}
    for kind in KINDS:
        answers = zip(asked, *(ask(tool, base, kind, asked) for tool in tools))
        differ |= {path: ours for path, ours, other in answers if ours != other}
    wrong = [f"not so: {c['text']}" for c in claims if c["witness"] not in differ]
    told = {c["regex"] for c in claims}
    winners = {line.split()[-1]: line.split()[0] for line in lines}
    for path, context in differ.items():
        # a context stands for its spec, but for <<none>>
        if not told or (context != "<<none>>" and winners[context] not in told):
            wrong.append(f"not told: {path} {context}")
    if wrong:
        wrong += lines[:cut] + ["and locally:"] + lines[cut:]
    return len(claims), len(differ), wrong


def main():
    relabel, ours = sys.argv[1:3]
    sets = 60 if os.environ.get("LBL_ORACLE") == "quick" else 300
    sets = int(sys.argv[3]) if len(sys.argv) > 3 else sets
    tools = [[ours], theirs()]
    paths = ["/" + "/".join(p) for n in range(1, DEPTH + 1)
             for p in itertools.product(NAMES, repeat=n)]
    claims = different = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(sets):
            c, d, wrong = one_set(random.Random(seed), scratch + "/fc", tools, relabel, paths)
            claims += c
            different += d
            if wrong:
                failed += 1
                print(f"set {seed}:", *(w.rstrip() for w in wrong), sep="\n  ")
    print(f"{sets} sets, {claims} findings, {different} paths with two answers, {failed} failed")
    if claims < sets / 20:
        print("that is too few to show anything")
    return failed > 0 or claims < sets / 20


sys.exit(main())
