#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table in docs/SELINUX.md: what came of each case of tests/vm, in each domain, by ours and by theirs.

    table.py BUILD            write it anew: rows of cases that vm.py BUILD has run in both modes are
                              made of what came of them, others stay as they are
    table.py --check          is there a row for each case and domain, in this order, and no other?
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(HERE, "../../docs/SELINUX.md")
BEGIN, END = "<!-- table: tests/vm/table.py -->\n", "<!-- end of table -->\n"
HEAD = ("| Case | Domain | Permissive: ours | theirs | Enforcing: ours | theirs |\n"
        "|---|---|---|---|---|---|\n")
MODES = ("permissive", "enforcing")


def parts():
    """-> the document before the table, the table, and what follows"""
    with open(DOCUMENT) as f:
        before, _, rest = f.read().partition(BEGIN)
    table, _, after = rest.partition(END)
    return before, table, after


def cases():
    """-> (case, domain) of each, as the suite itself lists them"""
    said = subprocess.run([sys.executable, HERE + "/guest/run.py", "--list"], stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    return [tuple(line.split(", ")) for line in said.splitlines()[:-1]]


def rows_there():
    """-> (case, domain) -> its cells"""
    rows = [line.strip("| ").split(" | ") for line in parts()[1].splitlines()[2:]]
    return {(row[0], row[1].strip("`")): row[2:] for row in rows}


def update(build):
    results = []
    for mode in MODES:
        with open("%s/vm-%s.json" % (build, mode)) as f:
            results.append(json.load(f))
    rows, there = [], rows_there()
    for name, domain in cases():
        key = "%s, %s" % (name, domain)
        if all(key in r for r in results):
            cells = [r[key][by] for r in results for by in ("ours", "theirs")]
        else:
            cells = there.get((name, domain))
        if cells:
            rows.append("| %s |\n" % " | ".join((name, "`%s`" % domain, *cells)))
    before, _, after = parts()
    with open(DOCUMENT, "w") as f:
        f.write(before + BEGIN + HEAD + "".join(rows) + END + after)


def check():
    have, want = rows_there(), cases()
    for row in want:
        if row not in have:
            print("docs/SELINUX.md has no row for %s in %s" % row)
    for row in have:
        if row not in want:
            print("docs/SELINUX.md has a row for %s in %s, which is no case" % row)
    bad = [row for row, cells in have.items() if len(cells) != 2 * len(MODES) or "FAIL" in cells]
    for row in bad:
        print("docs/SELINUX.md: what came of %s in %s is not right" % row)
    if list(have) != want or bad:
        print("run the cases by tests/vm/vm.py, permissive and enforcing, then tests/vm/table.py BUILD")
        return 1
    print("%d rows" % len(have))
    return 0


def main():
    if sys.argv[1:] == ["--check"]:
        return check()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    update(sys.argv[1])
    return check()


if __name__ == "__main__":
    sys.exit(main())
