#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run shows of its progress on a terminal, and where there is none: terminal.py BINDIR."""
import errno
import fcntl
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time

DEADLINE = 60       # seconds, for what takes a moment
HOSTILE = "d\x1b[31m\nabc\x7f\xe9\u4e2d" * 8


class Screen:
    """A terminal of some columns; what it does not know is an error.  With `reflow` it wraps again what it shows
    when it is made narrower, as some do; else it cuts it off, as others do."""

    def __init__(self, columns, reflow=False):
        self.columns, self.reflow = columns, reflow
        self.rows, self.joined = [""], [False]      # joined: goes on in the next row
        self.row = self.column = 0
        self.wrap, self.rest, self.drawn = True, b"", 0
        self.coloured = False

    def feed(self, data):
        text = self.rest + data
        while text:
            m = re.match(rb"\x1b\[(J|\?7l|\?7h|[0-9;]{1,4}m)|[\r\n]|[ -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", text)
            if not m:
                if len(text) < 4 and text[0] >= 0x80 or re.fullmatch(rb"\x1b(\[[0-9;?]{,4})?", text):
                    break       # the rest is on its way
                raise AssertionError("the terminal was sent %r" % text[:40])
            self.take(m.group(0))
            text = text[m.end():]
        self.rest = text

    def take(self, what):
        if what == b"\x1b[J":
            self.rows[self.row] = self.rows[self.row][:self.column]
            del self.rows[self.row + 1:], self.joined[self.row + 1:]
            self.joined[self.row] = False
        elif what[:1] == b"\x1b" and what[-1:] == b"m":
            self.coloured = what != b"\x1b[0m"
        elif what[:1] == b"\x1b":
            self.wrap = what.endswith(b"h")
            self.drawn += self.wrap
        elif what == b"\r":
            self.column = 0
        elif what == b"\n":
            self.down(False)
        else:
            self.put(what.decode())

    def down(self, joined):
        self.joined[self.row] = joined
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append("")
            self.joined.append(False)

    def put(self, c):
        cells = c if c < "\u1100" else c + "\0"     # the second half of a wide one
        if self.column + len(cells) > self.columns:
            if self.wrap:
                self.down(True)
                self.column = 0
            else:
                self.column = self.columns - len(cells)
        row = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = row[:self.column] + cells + row[self.column + len(cells):]
        self.column += len(cells)

    def resize(self, columns):
        if self.reflow:
            assert self.column == 0, "the cursor is not where the line begins"
            rows, joined, at = [], [], 0
            for i, text in enumerate(self.rows):
                if i == self.row:
                    at = len(rows)
                parts = [text[j:j + columns] for j in range(0, len(text), columns)] or [""]
                rows += parts
                joined += [True] * (len(parts) - 1) + [self.joined[i]]
            self.rows, self.joined, self.row = rows, joined, at
        else:
            self.rows = [text[:columns] for text in self.rows]
        self.columns = columns

    def lines(self):
        """Lines as they were written, without blank ones."""
        text = ""
        for row, joined in zip(self.rows, self.joined):
            text += row + ("" if joined else "\n")
        return [line for line in text.replace("\0", "").split("\n") if line.strip()]


def environment(changes=None):
    """Ours, with @changes; None takes a variable away."""
    env = {**os.environ, "TERM": "xterm", "LC_ALL": "C", "NO_COLOR": "", **(changes or {})}
    return {name: value for name, value in env.items() if value is not None}


class Terminal:
    """A program on a terminal of its own, fed with a list of paths through a pipe."""

    def __init__(self, argv, columns=100, reflow=False, stdout=None, stderr=None, env=None):
        self.master, slave = os.openpty()
        self.screen = Screen(columns, reflow)
        self.raw = b""
        self.set_size(columns)
        self.child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=slave if stdout is None else stdout,
            stderr=slave if stderr is None else stderr, start_new_session=True, env=environment(env),
            preexec_fn=lambda: fcntl.ioctl(1 if stdout is None else 2, termios.TIOCSCTTY, 0))
        os.close(slave)

    def set_size(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read(self):
        """Take what is there; False at the end."""
        if not select.select([self.master], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError as e:
            if e.errno != errno.EIO:
                raise
            return False
        self.raw += data
        self.screen.feed(data)
        return bool(data)

    def until(self, what):
        end = time.monotonic() + DEADLINE
        while not what(self.screen.lines()):
            assert self.read() and time.monotonic() < end, "never came: %s" % self.screen.lines()

    def resize(self, columns):
        # what was drawn before is drawn for the old width
        while select.select([self.master], [], [], 0)[0]:
            self.read()
        self.screen.resize(columns)
        self.set_size(columns)

    def say(self, path):
        self.child.stdin.write(os.fsencode(path) + b"\0")
        self.child.stdin.flush()

    def end(self):
        """Its exit status."""
        end = time.monotonic() + DEADLINE
        while self.read():
            assert time.monotonic() < end, "does not end"
        os.close(self.master)
        assert self.screen.wrap and self.screen.column == 0 and not self.screen.coloured, "the terminal was left in a state"
        return self.child.wait(DEADLINE)


class Place:
    def __init__(self, bindir):
        self.bindir = os.path.abspath(bindir)
        self.top = tempfile.mkdtemp(prefix="lbl-terminal-", dir="/var/tmp")
        self.tree, self.rules = self.top + "/tree", self.top + "/file_contexts"
        os.makedirs(os.fsencode(self.tree) + b"/" + HOSTILE.encode("utf-8")[:200] + b"\xff")
        with open(self.rules, "w") as f:
            f.write("/.*  system_u:object_r:w_t:s0\n")

    def argv(self, *options, who="restore"):
        if who == "setfiles":
            return [self.bindir + "/setfiles", "-n", *options, self.rules, self.tree]
        return [self.bindir + "/relabel", who, "-n", "--rules", self.rules, *options]


def on_a_terminal(place, reflow):
    """One line, which fits whatever the width becomes; messages stay whole; it goes at the end."""
    t = Terminal(place.argv("-p", "-0", "-f", "-"), 100, reflow)
    t.say(place.tree)
    t.until(lambda lines: lines and re.match("2 files.*, 2 to be relabelled, 0 errors", lines[0]))
    for columns in (30, 200, 12, 80, 40):
        before = len(t.screen.lines())
        t.resize(columns)
        mark = t.screen.rows[t.screen.row]
        t.say(place.tree)       # numbers change, so a new line is drawn, and not up to the last column
        t.until(lambda lines: t.screen.rows[t.screen.row] != mark and len(t.screen.rows[t.screen.row]) < columns)
        assert len(t.screen.lines()) == before == 1, t.screen.lines()
    missing = place.tree + "/" + "x" * 60
    t.say(missing)
    t.until(lambda lines: len(lines) == 2 and re.match("[0-9]+ files", lines[1]))
    said = "relabel restore: open(%s) failed: No such file or directory" % missing
    assert t.screen.lines()[0] == said, t.screen.lines()
    t.child.stdin.close()
    assert t.end() == 3
    lines = t.screen.lines()
    assert lines[0] == said and len(lines) == 3 and lines[2] == "Would relabel 12 files", lines
    assert re.fullmatch("relabel restore: 12 files in 12 directories, 12 to be relabelled, 1 errors, 0:[0-9]+",
                        lines[1]), lines


def interrupted(place):
    """^C leaves a clean terminal and a message."""
    t = Terminal(place.argv("-p", "-0", "-f", "-"))
    t.say(place.tree)
    t.until(lambda lines: lines and lines[0].startswith("2 files"))
    drawn = t.screen.drawn      # once more, and it waits for a path
    t.until(lambda lines: t.screen.drawn > drawn)
    os.write(t.master, b"\x03")
    assert t.end() == 128 + 2
    lines = t.screen.lines()
    assert [line for line in lines if "stopped by signal 2 (Interrupt) after 2 files" in line], lines
    assert not [line for line in lines if line.startswith("2 files")], lines


def unasked(place):
    """A line nobody asked for comes only where all output is a terminal's, and goes without a trace."""
    t = Terminal(place.argv("-0", "-f", "-"))
    t.say(place.tree)
    t.until(lambda lines: lines and re.match("2 files", lines[0]))
    t.child.stdin.close()
    assert t.end() == 1
    assert t.screen.lines() == ["Would relabel 2 files"], t.screen.lines()
    for options in (["--no-progress"], ["-q"]):
        t = Terminal(place.argv(*options, place.tree))
        assert t.end() == 1
        assert t.screen.lines() == (["Would relabel 2 files"] if options == ["--no-progress"] else [])


def a_dumb_terminal(place):
    """Lines without a single control."""
    t = Terminal(place.argv("-p", "-0", "-f", "-"), env={"TERM": "dumb"})
    t.say(place.tree)
    t.until(lambda lines: lines and re.match("relabel restore: 2 files, .*2 to be relabelled", lines[-1]))
    t.child.stdin.close()
    assert t.end() == 1


def in_a_pipe(place):
    """Lines now and then on standard error; no escape, no carriage return."""
    argv = place.argv("-p", "-0", "-f", "-")
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(os.fsencode(place.tree) + b"\0")
    p.stdin.flush()
    line = p.stderr.readline()
    while line.startswith(b"relabel restore: 0 files"):
        line = p.stderr.readline()
    assert re.match(b"relabel restore: 2 files, .*2 to be relabelled, 0 errors.*\n$", line), line
    out, err = p.communicate(timeout=DEADLINE)
    assert p.returncode == 1 and out == b"Would relabel 2 files\n", out
    for text in (line, out, err):
        assert not re.search(b"[\x00-\x09\x0b-\x1f\x7f]", text), text
    # without -p there is nothing, however long it takes
    p = subprocess.run(place.argv(place.tree), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert p.stderr == b"", p.stderr


def upstreams_format(place):
    """setfiles -p in a pipe prints what upstream's does, and nothing on the terminal."""
    r, w = os.pipe()
    t = Terminal(place.argv("-p", who="setfiles"), stdout=w)
    os.close(w)
    assert t.end() == 0 and t.screen.lines() == [], t.screen.lines()
    assert os.read(r, 4096) == b"\n"
    os.close(r)


def main():
    place = Place(sys.argv[1])
    try:
        on_a_terminal(place, False)
        on_a_terminal(place, True)
        for case in (interrupted, unasked, a_dumb_terminal, in_a_pipe, upstreams_format):
            case(place)
    finally:
        shutil.rmtree(os.fsencode(place.top))


if __name__ == "__main__":
    main()
