#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each line that --json writes is what the schema says, whatever names there are: records.py BINDIR SCHEMA KERNEL,
KERNEL being what makes programs believe that SELinux is enabled."""
import collections
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

try:
    import jsonschema
except ImportError:
    print("SKIP: no python3-jsonschema")
    sys.exit(77)

XATTR = "security.selinux"
NAMES = [b"plain", b"line\nfeed", b"esc\x1b[31m", b"\xff\xfe", b"\xc2\x9b31m", b"quote\"back\\slash", b"\xe4\xb8\xad",
         b"tab\t\x7f", b"\xed\xa0\x80", b"\xf0\x9f\x92\xa9", b" ", b"{\"event\":\"totals\"}", b"x" * 255]


def original(record, key):
    """The bytes of a member."""
    if key + "_hex" in record:
        return bytes.fromhex(record[key + "_hex"])
    return record[key].encode()


class Place:
    def __init__(self, bindir, schema, kernel):
        self.bindir = os.path.abspath(bindir)
        self.selinux = {"LD_PRELOAD": kernel, "ASAN_OPTIONS": "verify_asan_link_order=0"}
        with open(schema) as f:
            self.validator = jsonschema.Draft202012Validator(json.load(f))
        self.validator.check_schema(self.validator.schema)
        self.top = tempfile.mkdtemp(prefix="lbl-records-", dir="/var/tmp")
        self.tree, self.rules = self.top + "/tree", self.top + "/policy/contexts/files/file_contexts"
        os.makedirs(os.path.dirname(self.rules))
        with open(self.top + "/policy/contexts/customizable_types", "w") as f:
            f.write("custom_t\n")
        with open(self.rules, "wb") as f:
            f.write(b"/.*\tsystem_u:object_r:w_t:s0\n/d/line(.|\\n)*\tsystem_u:object_r:line_t:s0\n"
                    b"/none(/.*)?\t<<none>>\n/other/.*\tsystem_u:object_r:other_t:s0\n")
        self.seen = collections.Counter()

    def make_tree(self):
        tree = os.fsencode(self.tree)
        for d in (b"d", b"other", b"none"):
            os.makedirs(tree + b"/" + d)
        for name in NAMES:
            os.close(os.open(tree + b"/d/" + name, os.O_CREAT | os.O_WRONLY))
        os.close(os.open(tree + b"/custom", os.O_CREAT | os.O_WRONLY))
        os.setxattr(tree + b"/custom", XATTR, b"u:r:custom_t:s0\0")
        os.setxattr(tree + b"/d/plain", XATTR, b"u:r:old\xff\n_t:s0\0")
        os.close(os.open(tree + b"/two", os.O_CREAT | os.O_WRONLY))
        os.link(tree + b"/two", tree + b"/other/two")

    def run(self, who, *options, operands=None, status=0, env=None):
        """The records of a run, each as it should be, without the first and the last, and the last."""
        argv = [self.bindir + "/" + who, "-r", self.tree, *options, self.rules]
        p = subprocess.run(argv + (operands or [self.tree]), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env=dict(os.environ, **(env or {})), check=False)
        assert p.returncode == status and p.stderr == b"", (p.returncode, p.stderr)
        return self.take(p.stdout, status)

    def take(self, out, status):
        assert not re.search(b"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", out), "raw controls"
        records = [json.loads(line) for line in out.decode().splitlines()]
        for record in records:
            self.validator.validate(record)
            self.seen[record["event"]] += 1
        assert records[0]["event"] == "begin" and records[-1]["event"] == "totals"
        assert records[-1]["exit_status"] == status
        return records[1:-1], records[-1]


def of(records, event):
    return [r for r in records if r["event"] == event]


def changes(place):
    """Every change, with its very name; a second run has none."""
    everything = set()
    for root, dirs, files in os.walk(os.fsencode(place.tree)):
        everything.update(os.path.join(root, name) for name in dirs + files)
    everything = {p for p in everything if b"/none" not in p and not p.endswith((b"/custom", b"/two"))}
    everything.add(os.fsencode(place.tree))
    dry, totals = place.run("setfiles", "--json", "-n")
    assert {original(r, "path") for r in of(dry, "change") if not r["path"].endswith("/two")} == everything
    assert not any(r["applied"] for r in of(dry, "change"))

    records, totals = place.run("setfiles", "--json")
    changed = of(records, "change")
    assert totals["changed"] == len(changed) == len(everything) + 1
    assert all(r["applied"] for r in changed)
    by_path = {original(r, "path"): r for r in changed}
    plain = by_path[os.fsencode(place.tree) + b"/d/plain"]
    assert original(plain, "from") == b"u:r:old\xff\n_t:s0"
    line = by_path[os.fsencode(place.tree) + b"/d/line\nfeed"]
    assert line["from"] is None and line["to"] == "system_u:object_r:line_t:s0"
    assert line["rule"] == {"regex": "/d/line(.|\\n)*", "file": place.rules, "line": 2}
    assert [r["reason"] for r in of(records, "skip")] == ["customizable-type"]
    assert len(of(records, "conflict")) == 1
    records, totals = place.run("setfiles", "--json")
    assert not of(records, "change") and totals["changed"] == 0 and totals["customizable"] == 1


def kinds(place):
    """The other records."""
    records, totals = place.run("setfiles", "--json", "-d", "-v", "-v", "--bulk=off")
    assert len(of(records, "match")) == totals["files"] > len(NAMES)
    records, totals = place.run("setfiles", "--json", operands=[place.tree + "/nowhere", place.tree + "/none"],
                                status=255)
    error = of(records, "error")[0]
    assert error["errno"] == "ENOENT" and error["class"] == "operand" and totals["failures"] == {"operand": 1}
    assert of(records, "skip")[0]["reason"] == "no-rule"
    records, totals = place.run("setfiles", "--json", "-e", place.tree + "/d", operands=[place.tree + "/d"])
    assert of(records, "skip")[0]["reason"] == "excluded"
    records, totals = place.run("setfiles", "--json", "--bulk=only", operands=[place.tree + "/d"], status=255)
    assert of(records, "error")
    records, totals = place.run("setfiles", "--json", "--plan")
    assert of(records, "mount")[0]["enter"]
    records, totals = place.run("setfiles", "--json", "-j", "-F", "-n", operands=[place.tree + "/two"])


def summary(place):
    """Few records for many changes, and the sums are right."""
    for name in NAMES:
        os.setxattr(os.fsencode(place.tree) + b"/d/" + name, XATTR, b"u:r:old_t:s0\0")
    records, totals = place.run("setfiles", "--json", "--summary", "-n")
    assert not of(records, "change")
    groups = of(records, "summary")
    assert sum(g["files"] for g in groups) == totals["changed"] == len(NAMES)
    assert [(g["from_type"], g["to_type"], g["files"], g["rule"]["line"]) for g in groups] == \
        [("old_t", "w_t", len(NAMES) - 1, 1), ("old_t", "line_t", 1, 2)]
    first = sorted(os.fsencode(place.tree) + b"/d/" + name for name in NAMES if name[:4] != b"line")[:3]
    assert [original(p, "path") for p in groups[0]["paths"]] == first
    # as many kinds as there may be, and more
    os.mkdir(place.tree + "/many")
    for i in range(1100):
        path = "%s/many/%d" % (place.tree, i)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.setxattr(path, XATTR, b"u:r:t%d_t:s0\0" % i)
    records, totals = place.run("setfiles", "--json", "--summary", "-n")
    assert len(of(records, "summary")) == 1024
    rest = of(records, "summary-rest")[0]["files"]
    assert sum(g["files"] for g in of(records, "summary")) + rest == totals["changed"]


def refused(place):
    """Labels that the kernel did not take: an error for each file, and one record for all of them."""
    with open(place.rules, "a", encoding="utf-8") as f:
        f.write("/refused -d <<none>>\n/refused/a.* u:r:no_\033_t:s0\n/refused/b no_u:r:w_t:s0\n")
    os.mkdir(place.tree + "/refused")
    for name in ("a1", "a2", "b"):
        os.close(os.open(place.tree + "/refused/" + name, os.O_CREAT | os.O_WRONLY))
    records, totals = place.run("setfiles", "--json", "--validate=none", "-m", "-v", env=place.selinux, status=255,
                                operands=[place.tree + "/refused"])
    assert len(of(records, "error")) == totals["failures"]["invalid-context"] == 3
    record, = of(records, "refused")
    assert record["files"] == 3 and record["types"] == [{"type": "no_\033_t"}], record
    assert record["contexts"] == [{"context": "no_u:r:w_t:s0", "unknown": "user", "files": 1}], record
    assert record["lacks"] in ("permission", "capability") and record["domain"] == "setfiles_t", record


def stopped(place):
    """A run that a signal ends says so in its last record."""
    p = subprocess.Popen([place.bindir + "/setfiles", "--json", "-p", "-n", "-r", place.tree, "-f", "-", place.rules],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(2):      # it runs, and waits for a path
        line = p.stderr.readline()
        assert b"setfiles: 0 files" in line, line
    p.send_signal(signal.SIGTERM)
    out = p.communicate(timeout=60)[0]
    records, totals = place.take(out, 128 + 15)
    assert totals["signal"] == 15, totals


def watched(p):
    """What never comes ends @p, and the test."""
    watch = threading.Timer(60, p.kill)
    watch.start()
    return watch


def writes(pid):
    """Does a thread of it wait for somebody to read what it writes into a pipe?"""
    waits = []
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/wchan" % (pid, task), encoding="ascii") as f:
                waits.append(f.read())
        except OSError:     # it has ended
            pass
    return any("pipe_w" in where for where in waits)


def blocked(place, *options, operands=(), fed=b"", status):
    """A signal while nobody reads what we write: nothing of it is lost."""
    r, w = os.pipe()
    fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 4096)
    p = subprocess.Popen([place.bindir + "/setfiles", "--json", "-n", "-r", place.tree, *options, place.rules, *operands],
                         stdin=subprocess.PIPE, stdout=w, stderr=subprocess.DEVNULL)
    p.stdin.write(fed)
    p.stdin.flush()         # and it stays open
    os.close(w)
    watch = watched(p)
    out = os.read(r, 1)
    while not writes(p.pid):
        assert p.poll() is None, "it never had to wait"
        time.sleep(0.01)
    p.send_signal(signal.SIGTERM)
    for _ in range(6000):       # until it is caught: who reads too early lets the write succeed
        with open("/proc/%d/status" % p.pid, encoding="utf-8") as f:
            if re.search("^ShdPnd:\t0+$", f.read(), re.MULTILINE):
                break
        time.sleep(0.01)
    with open(r, "rb") as f:
        out += f.read()
    assert p.wait() == status, p.returncode
    watch.cancel()
    p.stdin.close()
    return place.take(out, status)


def stopped_while_it_writes(place):
    """The line that was being written is whole, and what had happened is told."""
    with open(place.top + "/list", "w", encoding="utf-8") as f:
        for i in range(1100):
            f.write("%s/many/%d\n" % (place.tree, i))
    records, totals = blocked(place, "-f", place.top + "/list", status=128 + 15)
    assert totals["changed"] == len(of(records, "change")) < 1100 and totals["signal"] == 15, totals
    records, totals = blocked(place, "--summary", operands=[place.tree], status=0)      # all is done then
    assert len(of(records, "summary")) == 1024 and "signal" not in totals, totals


def whole_systems(place):
    """fixfiles: one run, whatever it is about, and nothing else on standard output."""
    policy = place.top + "/policy"
    paths = [place.tree + "/d/plain", place.tree + "/many/1"]
    for options, status in (([], 0), (["--check"], 1), (["--strict-exit"], 1)):
        p = subprocess.run([place.bindir + "/fixfiles", "--policy-root", policy, "--json", *options, "check", *paths],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert p.returncode == status and p.stderr == b"", (p.returncode, p.stderr)
        records, totals = place.take(p.stdout, status)
        assert [r["path"] for r in of(records, "change")] == paths and totals["changed"] == 2, records
        assert b'"program":"fixfiles"' in p.stdout.splitlines()[0]
    # a directory of a package, and files: rpm's and dpkg's way to list them
    tools = place.top + "/tools"
    os.mkdir(tools)
    for name, text in (("rpm", '[ "$5" = one ] && echo "0 %s/d"' % place.tree),
                       ("dpkg-query", '[ "$3" = two ] && printf "%s\n%s/many/1\n"' % (place.tree, place.tree))):
        with open(tools + "/" + name, "w") as f:
            f.write("#!/bin/sh\n" + text + "\n")
        os.chmod(tools + "/" + name, 0o755)
    p = subprocess.run([place.bindir + "/fixfiles", "--policy-root", policy, "--json", "-R", "one,two,none", "check"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                       env={**os.environ, "PATH": tools + ":" + os.environ["PATH"]})
    assert p.returncode == 255 and p.stderr.endswith(b"none not found\n"), (p.returncode, p.stderr)
    records, totals = place.take(p.stdout, 255)
    assert totals["changed"] == len(NAMES) + 1, totals
    p = subprocess.run([place.bindir + "/fixfiles", "--policy-root", policy, "--json", "-l", "/dev/null", "check"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert p.returncode == 1 and p.stdout == b"", (p.returncode, p.stdout)


def stopped_before_it_waits(place):
    """A signal between the last path and the wait for the next one ends the wait, too."""
    paths = b"".join(b"%s/many/%d\n" % (os.fsencode(place.tree), i) for i in range(24))
    records, totals = blocked(place, "-f", "-", fed=paths, status=128 + 15)
    assert len(of(records, "change")) == totals["changed"] <= 24 and totals["signal"] == 15, totals


def stopped_before_anybody_writes(place):
    """So does one while nobody has opened the FIFO yet; and what was said until then is out."""
    fifo = place.top + "/fifo"
    os.mkfifo(fifo)
    p = subprocess.Popen([place.bindir + "/setfiles", "--json", "-r", place.tree, "-f", fifo, place.rules],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    watch = watched(p)
    out = p.stdout.readline()
    p.send_signal(signal.SIGTERM)
    out += p.communicate()[0]
    watch.cancel()
    assert b'"begin"' in out and p.returncode == 128 + 15, p.returncode
    assert place.take(out, 128 + 15)[1]["signal"] == 15


def seen_at_once(place):
    """Who sends one path after the other sees what came of each before the next, in a pipe as well."""
    with open(place.rules, "ab") as f:
        f.write(b"%s/many/10[0-9]\t<<none>>\n" % os.fsencode(place.tree))
    for options, first, what in ((["--json"], 10, b'"event":"change"'), (["-v"], 10, b"Would relabel "),
                                 (["--print0"], 10, b"/many/"), ([], 100, b"Warning no default label for ")):
        p = subprocess.Popen([place.bindir + "/restorecon", "--policy-root", place.top + "/policy", "-n", *options, "-f", "-"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        watch = watched(p)
        for i in range(first, first + 3):
            path = b"%s/many/%d" % (os.fsencode(place.tree), i)
            p.stdin.write(path + b"\n")
            p.stdin.flush()
            out = os.read(p.stdout.fileno(), 4096)
            if b'"begin"' in out and path not in out:
                out = os.read(p.stdout.fileno(), 4096)
            assert what in out and path in out, (options, out)
        p.communicate()
        watch.cancel()
        assert p.returncode == 0, p.returncode


def paths_only(place):
    """--print0: names as they are, and nothing else."""
    p = subprocess.run([place.bindir + "/setfiles", "--print0", "-v", "-n", "-F", "-r", place.tree, place.rules,
                        place.tree + "/d"], stdout=subprocess.PIPE, check=True)
    paths = p.stdout.split(b"\0")
    assert paths.pop() == b""
    assert set(paths) == {os.fsencode(place.tree) + b"/d/" + name for name in NAMES}, paths


def main():
    place = Place(*sys.argv[1:4])
    try:
        try:
            place.make_tree()
        except OSError as e:
            print("SKIP: %s cannot be set here: %s" % (XATTR, e))
            sys.exit(77)
        for case in (changes, kinds, summary, refused, stopped, stopped_while_it_writes, stopped_before_it_waits,
                     stopped_before_anybody_writes, seen_at_once, whole_systems, paths_only):
            case(place)
        kinds_there_are = {r["$ref"].split("/")[-1] for r in place.validator.schema["oneOf"]}
        missing = kinds_there_are - set(place.seen) - {"note"}      # told of whole file systems
        assert not missing, "never seen: %s" % missing
    finally:
        shutil.rmtree(os.fsencode(place.top))


main()
