#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""labels.py SETFILES: the labels our setfiles leaves behind are those the distribution's leaves.

Twin trees are made on a tmpfs of their own: the names and kinds of /etc and of a part of /usr, an
entry for each spec of the installed policy, names no sane person uses, and, in a second part,
labels spoiled in every way we know.  The distribution's setfiles (the oracle) works on one twin,
ours on the other, and every security.selinux is compared.

Where the two differ on purpose, the expectation is computed here from the decision table, and the
oracle is held against the same table with its own known exceptions, so that the table is checked
as well.  LBL_ORACLE=full mirrors the whole of /usr (minutes), quick less than a tenth of it;
ORACLE_SETFILES names another oracle.

Longer than most files here: the table, the trees and what is asked of them are one argument, read
from top to bottom.
"""
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zlib

try:
    import re._parser as sre
except ImportError:  # Python < 3.11
    import sre_parse as sre

XATTR = "security.selinux"
ORACLE = os.environ.get("ORACLE_SETFILES", "/usr/sbin/setfiles")
SHARE = {"full": 1, "quick": 64}.get(os.environ.get("LBL_ORACLE"), 16)  # one of so many names of /usr
TIMEOUT = 1800
failures = []
checks = 0


def skip(why):
    print("SKIP:", why)
    sys.exit(77)


def check(ok, what, *details):
    """Count a check; on failure print it with its details, the first ten of each."""
    global checks
    checks += 1
    if not ok:
        failures.append(what)
        print("FAILED:", what)
        for d in details[:10]:
            print("   ", d)
    return ok


# ---- labels ----------------------------------------------------------------------------------


def get_label(path):
    try:
        return os.getxattr(path, XATTR, follow_symlinks=False)
    except OSError as e:
        if e.errno == 61:  # ENODATA
            return None
        raise


def set_label(path, value):
    if value is not None:
        os.setxattr(path, XATTR, value, follow_symlinks=False)
    elif get_label(path) is not None:
        os.removexattr(path, XATTR, follow_symlinks=False)


def dump(root):
    """Raw label of every entry below root (itself included), by relative path."""
    labels = {b"": get_label(root)}
    todo = [root]
    while todo:
        with os.scandir(todo.pop()) as entries:
            for e in entries:
                labels[e.path[len(root):]] = get_label(e.path)
                if e.is_dir(follow_symlinks=False):
                    todo.append(e.path)
    return labels


def text(raw):
    """A raw label as the tools take it: up to the first NUL."""
    return None if raw is None else raw.split(b"\0")[0]


# ---- trees -----------------------------------------------------------------------------------

KINDS = {"-d": "dir", "-c": "chr", "-b": "blk", "-s": "sock", "-p": "fifo", "-l": "lnk",
         "--": "reg"}


def make(path, kind):
    """One entry with its parents; False where something is in the way."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if kind == "dir":
            os.makedirs(path, exist_ok=True)
        elif kind == "lnk":
            os.symlink(b"/nonexistent/target", path)
        elif kind == "chr":
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        elif kind == "blk":
            os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(7, 250))
        elif kind == "fifo":
            os.mkfifo(path)
        elif kind == "sock":
            os.mknod(path, stat.S_IFSOCK | 0o600)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except OSError:
        return False
    return True


def real_entries(share):
    """(path, kind) of /etc and of 1/share of /usr; nothing is read but names."""
    for top in (b"/etc", b"/usr"):
        todo = [top]
        while todo:
            d = todo.pop()
            try:
                entries = sorted(os.scandir(d), key=lambda e: e.name)
            except OSError:
                continue
            for e in entries:
                if e.is_dir(follow_symlinks=False):
                    todo.append(e.path)
                    kind = "dir"
                else:
                    kind = "lnk" if e.is_symlink() else "reg"
                if top == b"/etc" or zlib.crc32(e.path) % share == 0:
                    yield e.path, kind


def sample(node, rnd):
    """A string that the parsed regular expression matches."""
    out = ""
    for op, arg in node:
        op = str(op)
        if op == "LITERAL":
            out += chr(arg)
        elif op == "ANY":
            out += rnd.choice("ax7")
        elif op == "NOT_LITERAL":
            out += "q" if arg != ord("q") else "r"
        elif op == "IN":
            negated = str(arg[0][0]) == "NEGATE"
            allowed = []
            for o, a in arg:
                if str(o) == "LITERAL":
                    allowed.append(a)
                elif str(o) == "RANGE":
                    allowed += range(a[0], a[1] + 1)
            if negated:
                out += next(c for c in "kw5_Z" if ord(c) not in allowed)
            else:
                out += chr(rnd.choice(allowed)) if allowed else "1"
        elif op in ("MAX_REPEAT", "MIN_REPEAT"):
            for _ in range(min(arg[0] + rnd.randrange(3), arg[1])):
                out += sample(arg[2], rnd)
        elif op == "SUBPATTERN":
            out += sample(arg[-1], rnd)
        elif op == "BRANCH":
            out += sample(rnd.choice(arg[1]), rnd)
    return out


def spec_entries(specs, rnd):
    """An entry or two for each spec, of the kind it speaks of."""
    for path in specs:
        try:
            lines = open(path, encoding="utf-8").read().split("\n")
        except FileNotFoundError:
            continue
        for line in lines:
            f = line.split()
            if len(f) < 2 or f[0].startswith("#"):
                continue
            kind = KINDS.get(f[1]) if len(f) > 2 else None
            try:
                tree = sre.parse(f[0])
            except re.error:
                continue
            for _ in range(2):
                p = re.sub("/+", "/", sample(tree, rnd)).rstrip("/")
                if p and all(0 < len(c) < 200 for c in p[1:].split("/")):
                    yield p.encode(), kind or rnd.choice(("reg", "reg", "dir", "lnk"))


ODD_NAMES = [b"new\nline", b"\n", b"two\nlines\nRelabeled /etc/shadow from a to b", b"sp ace", b" ",
             b"-n", b"--help", b"*", b"a*b", b"[x]", b"{q,r}", b"back\\slash", b"\\", b"tab\there",
             b"\x01\x1b[31m\x7f", b"\x80\xff\xfe", "Grüße".encode(), b"\xc3", b"~root", b"...",
             b"n" * 255, b"\xff" * 255, b"'\"$(x)`", b"#hash", b"100%s%n"]


def odd_entries():
    for d in (b"/etc", b"/usr/bin", b"/usr/share/doc", b"/home/ann", b"/root", b"/var/log",
              b"/var/www/html", b"/dev", b"/run", b"/srv"):
        for name in ODD_NAMES:
            yield d + b"/odd/" + name, "reg"
            yield d + b"/odd/d/" + name + b"/below", "reg"
            yield d + b"/odd/l/" + name, "lnk"
        for kind in KINDS.values():
            yield d + b"/kinds/" + kind.encode(), kind
            yield d + b"/" + kind.encode(), kind
    for d in (b"/dev/sda", b"/dev/loop7", b"/dev/dm-1"):
        yield d, "blk"
    for d in (b"/dev/null", b"/dev/tty3", b"/dev/random"):
        yield d, "chr"
    yield b"/dev/log", "sock"
    yield b"/dev/initctl", "fifo"
    deep = b"/var/lib/deep"
    for i in range(40):
        deep += b"/level%02d" % i
        yield deep + b"/file", "reg"


# ---- the two programs --------------------------------------------------------------------------


def run(argv, stdin=None):
    p = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=TIMEOUT, check=False)
    if p.returncode < 0 or b"Sanitizer" in p.stderr or b"runtime error" in p.stderr:
        check(False, "crash of %s" % argv[0], p.returncode, p.stderr.decode(errors="replace"))
    return p


PLAIN = re.compile(rb"[ -~]|\xc2[\xa0-\xbf]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|"
                   rb"[\xf0-\xf4][\x80-\xbf]{3}|(.)", re.S)


def shown(path):
    """A path as ours shows it: controls, and bytes that are not UTF-8, as octal escapes."""
    return PLAIN.sub(lambda m: b"\\%03o" % m.group()[0] if m.group(1) else m.group(), path)


def lines_of(stdout, root, paths=()):
    """Sorted output lines without the root's name.

    3.4's word for "no label" is translated, and of `paths` those it prints raw where we escape.
    """
    out = stdout.replace(root, b"").replace(b" from (null) to ", b" from <no context> to ")
    for path in paths:
        if shown(path) != path:
            out = out.replace(b" " + path + b" from ", b" " + shown(path) + b" from ")
    return sorted(out.split(b"\n"))


def differing(a, b):
    return ["%r: oracle %r, ours %r" % (k, a.get(k, "absent"), b.get(k, "absent"))
            for k in sorted(a.keys() | b.keys()) if a.get(k, "absent") != b.get(k, "absent")]


# ---- the decision table ------------------------------------------------------------------------


def parse(label):
    """[user, role, type, range or None], or None for what cannot be taken apart."""
    if any(c in label for c in b"\t\n\r") or not 2 <= label.count(b":") <= 5:
        return None
    f = label.split(b":", 3)
    if any(b" " in x for x in f[:3]) or not all(f[:3]):
        return None
    return f + [None] * (4 - len(f))


def join(f):
    return b":".join(x for x in f if x is not None)


def expect(raw, want, mode, customizable, oracle):
    """Raw label after a run: `mode` is "", "-U" or "-F"; `oracle` adds upstream's exceptions."""
    new = want + b"\0"
    have = text(raw)
    if raw is None:
        return new
    if oracle and len(raw) == 0:
        return raw  # an empty attribute is an error there, whatever is asked for
    if have == want:
        return raw
    f = parse(have)
    if mode == "-F":
        return new
    if f is None:
        return raw if oracle else new
    if f[2] in customizable:
        return raw
    w = parse(want)
    if mode == "-U":
        if f[:3] == w[:3]:
            return raw
        return join(w[:3] + [f[3]]) + b"\0"
    if f[2] == w[2]:
        return raw
    return join(f[:2] + [w[2], f[3]]) + b"\0"


def spoilers(want, customizable):
    """Raw labels to start from, by a name for messages."""
    u, r, t, _ = parse(want)
    other = b"user_home_t" if t != b"user_home_t" else b"etc_t"
    s = {
        "none": None,
        "right": want + b"\0",
        "right, no NUL": want,
        "wrong user": b"staff_u:" + r + b":" + t + b":s0\0",
        "wrong role": u + b":sysadm_r:" + t + b":s0\0",
        "wrong user and role": b"staff_u:sysadm_r:" + t + b":s0\0",
        "wrong range": join([u, r, t, b"s0:c1,c5"]) + b"\0",
        "wrong user and range": b"staff_u:" + r + b":" + t + b":s0-s0:c0.c1023\0",
        "wrong type": join([u, r, other, b"s0"]) + b"\0",
        "wrong type, no NUL": join([u, r, other, b"s0"]),
        "all wrong": b"staff_u:staff_r:" + other + b":s0:c7\0",
        "right, no range": join([u, r, t]) + b"\0",
        "wrong type, no range": join([u, r, other]) + b"\0",
        "wrong user, no range": join([b"staff_u", r, t]) + b"\0",
        "range with a space": join([u, r, other, b"s0 - s0:c3"]) + b"\0",
        "five colons": join([u, r, other, b"s0:c1:c2"]) + b"\0",
        "unknown type": join([u, r, b"no_such_type_t", b"s0"]) + b"\0",
        "long": join([u, r, other, b"s0:" + b",".join(b"c%d" % i for i in range(0, 900, 3))])
                + b"\0",
        "garbage": b"garbage\0",
        "garbage, no NUL": b"garbage",
        "one colon": b"a:b\0",
        "six colons": join([u, r, other, b"s0:c1:c2:c3"]) + b"\0",
        "newline": join([u, r, t]) + b"\n:s0\0",
        "tab": join([u, r, t]) + b"\t:s0\0",
        "space in the type": u + b":" + r + b":a b:s0\0",
        "bytes": b"\xff\xfe\x80\0",
        "empty": b"",
        "one NUL": b"\0",
    }
    for i, c in enumerate(sorted(customizable)[:6]):
        s["customizable %d" % i] = join([b"staff_u", r, c, b"s0:c3"]) + b"\0"
    return s


# ---- parts -------------------------------------------------------------------------------------


class Bench:
    def __init__(self, ours, work):
        self.ours = ours
        self.work = work
        config = "/etc/selinux/config"
        kind = "default"
        if os.path.exists(config):
            m = re.findall(r"^SELINUXTYPE=(\S+)", open(config, encoding="utf-8").read(), re.M)
            kind = m[-1] if m else kind
        self.policy = "/etc/selinux/%s/contexts" % kind
        base = self.policy + "/files/file_contexts"
        if not os.path.exists(base):
            skip("no policy installed (%s)" % base)
        # without .bin files beside them, so that both read the same text
        os.mkdir(work + b"/spec")
        self.spec = work + b"/spec/file_contexts"
        self.specs = []
        for suffix in ("", ".homedirs", ".local", ".subs_dist", ".subs"):
            if os.path.exists(base + suffix):
                shutil.copy(base + suffix, self.spec + suffix.encode())
                if "subs" not in suffix:
                    self.specs.append(base + suffix)
        try:
            types = open(self.policy + "/customizable_types", encoding="utf-8").read()
        except FileNotFoundError:
            types = ""
        self.customizable = {t.encode() for t in types.split("\n") if t}
        self.want = {}  # label of each entry of the clean tree

    def setfiles(self, program, root, *options, spec=None):
        return run([program, *options, "-r", root, spec or self.spec, root])

    def twins(self, name, entries):
        roots = [self.work + b"/" + name + b".a", self.work + b"/" + name + b".b"]
        made = 0
        for root in roots:
            os.makedirs(root)
        for path, kind in entries:
            if all([make(root + path, kind) for root in roots]):
                made += 1
        return *roots, made

    def clean(self):
        """Trees without labels: the same label on every entry, the same lines on stdout."""
        rnd = random.Random(1)
        entries = list(real_entries(SHARE))
        entries += list(spec_entries(self.specs, rnd)) + list(odd_entries())
        a, b, made = self.twins(b"clean", entries)
        before = dump(b)
        theirs, mine = (self.setfiles(p, r, "-n", "-v") for p, r in ((ORACLE, a), (self.ours, b)))
        check(dump(b) == before, "-n changes nothing")
        x, y = lines_of(theirs.stdout, a, before), lines_of(mine.stdout, b)
        check(len(x) > made // 4, "the dry run of the oracle says something", len(x))
        check(x == y, "-n -v: the same lines", *sorted(set(x) ^ set(y)))
        theirs, mine = (self.setfiles(p, r, "-v") for p, r in ((ORACLE, a), (self.ours, b)))
        check(theirs.returncode == 0 and mine.returncode == 0, "exit status 0", theirs, mine)
        x, y = lines_of(theirs.stdout, a, before), lines_of(mine.stdout, b)
        check(x == y, "-v: the same lines", *sorted(set(x) ^ set(y)))
        la, lb = dump(a), dump(b)
        diff = differing(la, lb)
        check(not diff, "clean trees: %d labels differ" % len(diff), *diff)
        self.want = la
        labelled = sum(v is not None for v in lb.values())
        check(labelled > len(lb) * 3 // 4, "most entries have a label", labelled, len(lb))
        again = self.setfiles(self.ours, b, "-v")
        check(again.returncode == 0 and again.stdout == b"", "a second run changes nothing",
              again)
        print("clean trees: %d entries, %d labelled, %d different" % (len(lb), labelled, len(diff)))

    def aliased(self):
        """No -r: a .subs entry makes the tree's own path an alias of the root."""
        entries = [e for e in odd_entries()]
        entries += list(spec_entries(self.specs, random.Random(2)))[::5]
        a, b, _ = self.twins(b"alias", entries)
        got = []
        for program, root in ((ORACLE, a), (self.ours, b)):
            d = root + b".spec"
            shutil.copytree(os.path.dirname(self.spec), d)
            with open(d + b"/file_contexts.subs", "ab") as f:
                f.write(b"\n" + root + b" /\n")
            p = run([program, d + b"/file_contexts", root])
            check(p.returncode == 0, "alias: exit status 0", p)
            got.append(dump(root))
        diff = differing(*got)
        check(not diff, "aliased trees: %d labels differ" % len(diff), *diff)
        print("aliased trees: %d entries, %d different" % (len(got[0]), len(diff)))

    def spoiled(self):
        """Every way a label can be wrong, on every kind, under each mode."""
        places = {b"/etc": "etc", b"/usr/bin": "bin", b"/var/www/html": "www", b"/dev": "dev",
                  b"/home/ann": "home", b"/srv": "srv"}
        entries = []
        for place in places:
            for kind in KINDS.values():
                for i in range(40):
                    entries.append((place + b"/%s-%02d" % (kind.encode(), i), kind))
        for mode in ("", "-U", "-F"):
            options = [mode] if mode else []
            a, b, _ = self.twins(b"spoiled" + mode.encode(), entries)
            self.setfiles(ORACLE, a)  # the wanted label of each
            want = {k: text(v) for k, v in dump(a).items()}
            start, how = {}, {}
            for path in want:
                if want[path] is None:
                    continue
                s = spoilers(want[path], self.customizable)
                m = re.search(rb"-(\d+)$", path)
                how[path] = list(s)[int(m.group(1)) % len(s)] if m else "none"
                start[path] = s[how[path]]
                for root in (a, b):
                    set_label(root + path, start[path])
            check(set(how.values()) >= set(spoilers(b"u:r:t:s0", self.customizable)),
                  "every way of spoiling is used")
            exp = {o: {p: expect(start[p], want[p], mode, self.customizable, o) for p in start}
                   for o in (False, True)}
            self.setfiles(self.ours, b, "-n", "-v", *options)
            self.held(dump(b), start, how, "ours -n " + mode)
            mine = self.setfiles(self.ours, b, "-v", *options)
            check(mine.returncode == 0, "spoiled %s: exit status 0" % mode, mine)
            self.held(dump(b), exp[False], how, "ours " + mode)
            if mode != "-U":  # 3.4 has no such option
                theirs = self.setfiles(ORACLE, a, "-v", *options)
                self.held(dump(a), exp[True], how, "the table as the oracle has it " + mode)
                same = {p for p in start if exp[False][p] == exp[True][p] and
                        shown(text(start[p]) or b"") == (text(start[p]) or b"")}
                x = self.about(lines_of(theirs.stdout, a), same)
                y = self.about(lines_of(mine.stdout, b), same)
                check(x == y and len(x) > 100, "spoiled %s -v: the same lines" % mode,
                      *sorted(set(x) ^ set(y)))
            again = self.setfiles(self.ours, b, "-v", *options)
            check(not self.about(lines_of(again.stdout, b), set(start), b"Relabeled "),
                  "spoiled %s: a second run changes nothing" % mode, again.stdout)
            print("spoiled trees %s: %d labels in %d ways" % (mode or "default", len(start),
                                                              len(set(how.values()))))

    @staticmethod
    def held(labels, expected, how, what):
        bad = ["%r (%s): %r, expected %r" % (p, how[p], labels[p], e)
               for p, e in expected.items() if labels[p] != e]
        check(not bad, "%s: %d labels are not as expected" % (what, len(bad)), *bad)

    @staticmethod
    def about(lines, paths, start=b""):
        """Lines that speak of one of the paths: "Relabeled PATH from" or "PATH not reset"."""
        out = []
        for line in lines:
            m = re.match(rb"(?:Relabeled (/\S+) from|(/\S+) not reset as)", line)
            if m and (m.group(1) or m.group(2)) in paths and line.startswith(start):
                out.append(line)
        return out

    def links(self):
        """Several names of one inode: same specs, conflicting specs, names others could make."""
        got = []
        for n, program in ((b"a", ORACLE), (b"b", self.ours)):
            root = self.work + b"/links." + n
            for d in (b"/etc", b"/usr/bin", b"/var/log", b"/srv/open"):
                os.makedirs(root + d)
            for first, second in ((b"/usr/bin/same1", b"/usr/bin/same2"),
                                  (b"/etc/conflict", b"/var/log/conflict"),
                                  (b"/var/log/other-order", b"/etc/other-order"),
                                  (b"/etc/planted", b"/srv/open/planted")):
                make(root + first, "reg")
                os.link(root + first, root + second)
            os.chmod(root + b"/srv/open", 0o1777)
            p = self.setfiles(program, root, "-v")
            got.append((dump(root), p))
        (la, _), (lb, p) = got
        check(la[b"/usr/bin/same1"] == lb[b"/usr/bin/same1"] is not None, "links of equal specs")
        log = text(lb[b"/var/log"])
        for name in (b"/conflict", b"/other-order"):
            check(text(lb[b"/etc" + name]) == log,
                  "conflict: the spec that is last in the policy wins, whatever is seen first",
                  lb[b"/etc" + name], log)
        srv = self.label_of_new(b"/srv/open/alone")
        check(text(lb[b"/etc/planted"]) != srv,
              "a name in a directory open to all does not decide a label", lb[b"/etc/planted"])
        check(b"planted" in p.stdout + p.stderr, "and that is said", p)
        again = self.setfiles(self.ours, self.work + b"/links.b", "-v")
        check(b"Relabeled" not in again.stdout, "links: a second run changes nothing", again)
        print("hard links: checked")

    def label_of_new(self, path):
        """What the oracle gives a regular file of that path."""
        root = self.work + b"/one." + path.replace(b"/", b"_")
        make(root + path, "reg")
        self.setfiles(ORACLE, root)
        return text(get_label(root + path))

    def newline_quirk(self):
        """`$` matches before a last newline in PCRE; a name with one is not that other file."""
        root = self.work + b"/quirk"
        for name in (b"/usr/bin/passwd\n", b"/usr/bin/passwdx", b"/usr/bin/passwd"):
            make(root + name, "reg")
        self.setfiles(self.ours, root)
        odd, plain, real = (text(get_label(root + b"/usr/bin/passwd" + s))
                            for s in (b"\n", b"x", b""))
        check(odd == plain and plain != real, "a final newline makes another name", odd, plain,
              real)

    def lists(self):
        """-f, -s, -0: names from a list, never globbed, never options."""
        root = self.work + b"/lists"
        names = [b"/etc/odd/" + n for n in ODD_NAMES] + [b"/etc/odd/aXb", b"/etc/odd/x",
                                                        b"/etc/odd/q"]
        for n in names:
            make(root + n, "reg")
        for option in (["-0", "-f", "-"], ["-0", "-s"]):
            listed = names[:-3]
            p = run([self.ours, *option, "-r", root, self.spec],
                    b"".join(root + n + b"\0" for n in listed))
            check(p.returncode == 0, "list: exit status 0", p)
            got = dump(root)
            wrong = [n for n in names if (got[n] is not None) != (n in listed)]
            check(not wrong, "%s: just the listed names are labelled" % option, *wrong)
            for n in names:
                set_label(root + n, None)


def privileged(work):
    probe = work + b"/probe"
    make(probe, "reg")
    try:
        os.setxattr(probe, XATTR, b"u:object_r:t:s0\0")
    except OSError as e:
        return e
    return None


def main():
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        skip("usage: labels.py SETFILES (no such program: %s)" % sys.argv[1:])
    if not os.access(ORACLE, os.X_OK):
        skip("no oracle: %s (Debian: policycoreutils)" % ORACLE)
    if os.geteuid() != 0:
        skip("needs root: writes security.selinux and makes device nodes")
    os.umask(0o022)
    work = tempfile.mkdtemp(prefix="relabel-oracle-").encode()
    mounted = False
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755,nr_inodes=0", "none",
                                  work], check=False, stderr=subprocess.DEVNULL).returncode == 0
        e = privileged(work)
        if e:
            skip("cannot write %s here: %s" % (XATTR, e.strerror))
        if b"selinuxfs" in open("/proc/mounts", "rb").read():
            skip("SELinux is enabled: the kernel would judge the labels")
        bench = Bench(os.path.abspath(sys.argv[1]).encode(), work)
        for part in (bench.clean, bench.aliased, bench.spoiled, bench.links, bench.newline_quirk,
                     bench.lists):
            part()
    finally:
        if mounted:
            subprocess.run(["umount", work], check=False)
            os.rmdir(work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    print("%d checks, %d failed" % (checks, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
