#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Colour is where it is seen or asked for, and changes nothing else: colour.py BINDIR."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from terminal import DEADLINE, Terminal, environment

XATTR = "security.selinux"
RESET = b"\x1b[0m"
# a name that would end a colour and begin another, in each way it could be spelt
HOSTILE = [b"esc\x1b[0m\x1b[32mgreen", b"csi\xc2\x9b31m", b"c1\x9b31m", b"cut\xc2", b"nl\n\x1b[1m"]
ESCAPE = re.compile(rb"\x1b\[[0-9;]*m")


class Place:
    def __init__(self, bindir):
        self.bindir = os.path.abspath(bindir)
        self.top = tempfile.mkdtemp(prefix="lbl-colour-", dir="/var/tmp")
        self.tree, self.policy = self.top + "/tree", self.top + "/policy"
        self.rules = self.policy + "/contexts/files/file_contexts"
        os.makedirs(os.path.dirname(self.rules))
        with open(self.policy + "/contexts/customizable_types", "w", encoding="ascii"):
            pass
        with open(self.rules, "w", encoding="ascii") as f:
            f.write("/.*  system_u:object_r:w_t:s0:c1,c2\n%s/none  <<none>>\n/x  a:b:x_t:s0\n" % self.tree)
        with open(self.top + "/new", "w", encoding="ascii") as f:
            f.write("/.*  system_u:object_r:v_t:s0:c1,c2\n/y.*/z|q  system_u:object_r:q_t:s0\n")

    def make_tree(self):
        os.mkdir(self.tree)
        for name in HOSTILE + [b"plain", b"none"]:
            os.close(os.open(os.fsencode(self.tree) + b"/" + name, os.O_CREAT | os.O_WRONLY))
        os.setxattr(self.tree, XATTR, b"system_u:object_r:w_t:s0:c1,c2\0")
        os.setxattr(self.tree + "/plain", XATTR, b"user_u:object_r:old_t:s0\0")
        os.setxattr(os.fsencode(self.tree) + b"/" + HOSTILE[0], XATTR, b"u\x1b[0m:r\x1b[32m:t\xc2:\x9b\0")

    def restore(self, *options):
        return [self.bindir + "/relabel", "restore", "-n", "-v", "-T1", "--rules", self.rules, *options, self.tree]

    def commands(self):
        """Command lines that say something, each with what stands before its options."""
        policy = ["--policy-root", self.policy]
        missing = self.tree + "/nowhere"
        yield ["setfiles"], ["-n", "-v", "-T1", self.rules, self.tree, missing]
        yield ["setfiles"], ["-n", "-v", "-T1", "-F", "-W", self.rules, self.tree]
        yield ["setfiles"], ["-n", "--summary", self.rules, self.tree]
        yield ["setfiles"], ["--plan", self.rules, self.tree]
        yield ["restorecon"], ["-n", "-v", "-T1", "-R", *policy, self.tree, missing]
        yield ["restorecon"], ["-n", "-v", *policy, self.tree + "/none"]
        yield ["restorecon"], ["--no-such-option"]
        yield ["relabel", "restore"], ["-n", "-v", "-T1", *policy, self.tree]
        yield ["relabel", "check"], ["-T1", *policy, self.tree]
        yield ["relabel", "explain"], ["-f", self.rules, self.tree + "/plain", self.tree + "/none", missing]
        yield ["relabel", "lint"], [self.rules, self.top + "/new"]
        yield ["relabel", "diff"], [self.rules, self.top + "/new"]
        yield ["relabel", "status"], policy
        yield ["relabel", "compile"], [missing]
        yield ["relabel", "sort"], [missing]
        yield ["fixfiles"], ["-v", "-T1", *policy, "check", self.tree, missing]
        yield ["fixfiles"], ["undo"]
        for program in (["setfiles"], ["restorecon"], ["fixfiles"], *(["relabel", c] for c in (
                "restore", "check", "explain", "lint", "diff", "status", "compile", "sort"))):
            yield program, ["--help"]

    def run(self, argv, env=None):
        p = subprocess.run([self.bindir + "/" + argv[0], *argv[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           stdin=subprocess.DEVNULL, env=environment(env), timeout=DEADLINE, check=False)
        # what others do meanwhile
        return p.returncode, re.sub(rb"[0-9]+ inodes", b"inodes", p.stdout), p.stderr


def without(text):
    """@text without colours, each of which is ended before the next and before the line."""
    for line in text.split(b"\n"):
        found = ESCAPE.findall(line)
        assert all(e != RESET for e in found[0::2]) and all(e == RESET for e in found[1::2]), line
        assert len(found) % 2 == 0, line
    text = ESCAPE.sub(b"", text)
    assert b"\x1b" not in text, text
    return text


def on_a_terminal(place, *options, env=None):
    """What it draws there."""
    t = Terminal(place.restore("--no-progress", *options), 1000, env=env)
    t.child.stdin.close()
    assert t.end() == 1, t.raw
    return t.raw.replace(b"\r\n", b"\n")


def only_text(place):
    """Of each program and command: with its colours taken away it is what it is without."""
    for program, rest in place.commands():
        plain = place.run([*program, "--color", "never", *rest])
        assert b"\x1b" not in plain[1] + plain[2] and plain[1] + plain[2], (program, rest)
        assert place.run([*program, *rest]) == plain, (program, rest, "in a pipe")
        status, out, err = place.run([*program, "--color=always", *rest], {"NO_COLOR": "1", "TERM": "dumb"})
        assert b"\x1b" in out + err, (program, rest, "no colour")
        got = status, without(out), without(err)
        assert got == plain, (program, rest, got, plain)


def marks(place):
    """What differs, and no more of it."""
    path = os.fsencode(place.tree) + b"/plain"
    out = on_a_terminal(place)
    assert b"Would relabel \x1b[1m" + path + b"\x1b[0m from user_u:object_r:\x1b[31mold_t\x1b[0m:s0 to user_u:object_r:" \
        b"\x1b[32mw_t\x1b[0m:s0\n" in out, out
    out = on_a_terminal(place, "-F")
    assert b" from \x1b[31muser_u\x1b[0m:object_r:\x1b[31mold_t\x1b[0m:\x1b[31ms0\x1b[0m to \x1b[32msystem_u\x1b[0m:" \
        b"object_r:\x1b[32mw_t\x1b[0m:\x1b[32ms0:c1,c2\x1b[0m\n" in out, out
    assert b"\x1b[1mcsi\\302\\23331m" not in out and b"/csi\\302\\23331m\x1b[0m from" in out, out
    err = place.run(["setfiles", "--color=always", "/nowhere", "/"])[2]
    assert re.match(rb"\x1b\[1;31m\S*setfiles\x1b\[0m: /nowhere: No such file", err), err
    out = place.run(["relabel", "check", "--color=always", "--help"])[1]
    assert b"\n\x1b[1mWhat is labelled:\x1b[0m\n" in out, out


def terminals(place):
    """What decides whether there is any."""
    plain = place.run(["relabel", *place.restore("--color=never")[1:]])[1]
    assert on_a_terminal(place) != plain == without(on_a_terminal(place))
    assert without(on_a_terminal(place, "--color", "auto")) == plain
    for env in ({"NO_COLOR": "1"}, {"NO_COLOR": "0"}, {"TERM": "dumb"}, {"TERM": ""}, {"TERM": None}):
        assert on_a_terminal(place, env=env) == plain, env
        assert on_a_terminal(place, "--color=always", env=env) == on_a_terminal(place), env
    assert on_a_terminal(place, "--color=never") == plain
    assert on_a_terminal(place, env={"NO_COLOR": None}) != plain


def apart(place):
    """Standard output and standard error, each by itself."""
    argv = place.restore("--no-progress") + [place.tree + "/nowhere"]
    for piped in ("stdout", "stderr"):
        r, w = os.pipe()
        t = Terminal(argv, 1000, **{piped: w})
        os.close(w)
        t.child.stdin.close()
        assert t.end() == 3
        with open(r, "rb") as f:
            text = f.read()
        assert text and b"\x1b" not in text and without(t.raw) != t.raw, (piped, text, t.raw)


def data(place):
    """What is for programs, and what is kept, has none, whatever was asked for."""
    always = "--color=always"
    for options in (["--json"], ["--json", "--summary"], ["--json", "--plan"]):
        out = place.run(["setfiles", "-n", always, *options, place.rules, place.tree])[1]
        assert out.count(b"\n") >= 3 and b"\x1b" not in out, out
    out = place.run(["setfiles", "-n", always, "--print0", place.rules, place.tree])[1]
    assert os.fsencode(place.tree) + b"/" + HOSTILE[0] + b"\0" in out and b"plain\0" in out, out
    for command, rest in (("explain", ["-f", place.rules, place.tree]), ("lint", ["--json", place.rules]),
                          ("diff", ["--json", place.rules, place.top + "/new"]),
                          ("status", ["--json", "--policy-root", place.policy])):
        out = place.run(["relabel", command, always, *(["--json"] if command == "explain" else []), *rest])[1]
        assert out.startswith((b"{", b"[")) and b"\x1b" not in out, out
    out = place.run(["relabel", "sort", always, place.rules])[1]
    assert b"w_t" in out and b"\x1b" not in out, out
    log = place.top + "/log"
    place.run(["fixfiles", "-v", "-l", log, always, "--policy-root", place.policy, "check", place.tree, "/nowhere"])
    with open(log, "rb") as f:
        text = f.read()
    assert b"Would relabel" in text and b"/nowhere" in text and b"\x1b" not in text, text


def wrong(place):
    """What is no word for it."""
    for argv in (["setfiles"], ["fixfiles"], ["relabel", "check"], ["relabel", "lint"]):
        status, _, err = place.run([*argv, "--color=sometimes", "/"])
        assert status not in (0, 1) or argv == ["fixfiles"] and status == 1, status
        assert b"--color takes auto, always or never, not 'sometimes'\n" in err, err
        assert b"option '--color' needs an argument\n" in place.run([*argv, "--color"])[2]


def main():
    place = Place(sys.argv[1])
    try:
        try:
            place.make_tree()
        except OSError as e:
            print("SKIP: %s cannot be set here: %s" % (XATTR, e))
            sys.exit(77)
        for case in (only_text, marks, terminals, apart, data, wrong):
            case(place)
    finally:
        shutil.rmtree(os.fsencode(place.top))


main()
