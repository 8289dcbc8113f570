#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""cli.py SETFILES: what scripts see of our setfiles is what they see of the distribution's.

Each command line runs twice, on twin trees: by the distribution's setfiles (3.4) and by ours.
Standard output, standard error, exit status and all labels afterwards must be the same.  Lines of
output are compared as a set where a walk makes them, since only upstream's has one thread.  Where
3.4 and 3.11 disagree ours goes with 3.11, and such lines are not asked here: man/setfiles.8 and
docs/DIFFERENCES.md list what is different on purpose.
"""
import os
import shutil
import subprocess
import sys
import tempfile

ORACLE = os.environ.get("ORACLE_SETFILES", "/usr/sbin/setfiles")
XATTR = "security.selinux"
SPEC = """\
/.*\t\tsystem_u:object_r:default_t:s0
/\t-d\tsystem_u:object_r:root_t:s0
/etc(/.*)?\t\tsystem_u:object_r:etc_t:s0
/etc/shadow\t--\tsystem_u:object_r:shadow_t:s0
/home/[^/]+\t-d\tsystem_u:object_r:user_home_dir_t:s0
/home/[^/]+/.+\t\tsystem_u:object_r:user_home_t:s0
/none(/.*)?\t\t<<none>>
"""
LABELS = {  # what files have before
    "etc/passwd": "system_u:object_r:tmp_t:s0",
    "etc/shadow": "staff_u:object_r:shadow_t:s0",
    "home/ann/notes": "unconfined_u:object_r:x_t:s0:c1",
    "none/file": "u:object_r:mine_t:s0",
}

# Arguments after the program's name; {S} is the spec, {T} the tree.
SAME = [
    # options
    ["-r", "{T}", "{S}", "{T}"],
    ["-v", "-r", "{T}", "{S}", "{T}"],
    ["-vv", "-r", "{T}", "{S}", "{T}/etc"],
    ["-n", "-v", "-r", "{T}", "{S}", "{T}"],
    ["-F", "-v", "-r", "{T}", "{S}", "{T}"],
    ["-q", "-v", "-r", "{T}", "{S}", "{T}/etc"],
    ["-s", "-v", "-r", "{T}", "{S}", "<{T}/etc/passwd\n{T}/etc/shadow\n"],
    ["-v", "-f", "-", "-r", "{T}", "{S}", "<{T}/etc/passwd\n{T}/home\n"],
    ["-v", "-0", "-f", "-", "-r", "{T}", "{S}", "<{T}/etc/passwd\0{T}/etc/shadow\0"],
    ["-v", "-f", "{T}/../list", "-r", "{T}", "{S}"],
    ["-v", "-e", "{T}/etc", "-r", "{T}", "{S}", "{T}"],
    ["-v", "-e", "{T}/etc", "-e", "{T}/home/ann", "-r", "{T}", "{S}", "{T}"],
    ["-v", "-e", "{T}/etc/", "-r", "{T}", "{S}", "{T}"],
    ["-v", "-e", "{T}/et", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "-e", "{T}/missing", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "-m", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "-i", "-r", "{T}", "{S}", "{T}/missing", "{T}/etc"],
    ["-i", "-r", "{T}", "{S}", "{T}/missing"],
    ["-C", "-v", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "-R", "{T}", "{S}", "{T}/etc"],
    ["-v", "-r", "{T}/", "{S}", "{T}/etc"],
    ["-v", "-T", "1", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "-T", "2", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "-T", "0", "-r", "{T}", "{S}", "{T}/etc"],
    ["-l", "-r", "{T}", "{S}", "{T}/etc"],
    ["-p", "-r", "{T}", "{S}", "{T}/etc"],
    ["-d", "-r", "{T}", "{S}", "{T}/etc/passwd"],
    ["-E", "-v", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "-D", "-n", "-r", "{T}", "{S}", "{T}/etc"],
    ["-v", "{S}", "{T}/etc", "-r", "{T}"],
    ["-v", "-r", "{T}", "--", "{S}", "{T}/etc"],
    # operands
    ["-v", "-r", "{T}", "{S}", "{T}/etc/passwd"],
    ["-v", "-r", "{T}", "{S}", "{T}/etc/passwd", "{T}/home"],
    ["-v", "-r", "{T}", "{S}", "{T}/etc", "{T}/etc"],
    ["-v", "-r", "{T}", "{S}", "{T}/et*"],
    ["-v", "-r", "{T}", "{S}", "{T}/etc/pass??"],
    ["-v", "-r", "{T}", "{S}", "{T}/etc/{{passwd,shadow}}"],
    ["-v", "-r", "{T}", "{S}", "{T}/etc/[ps]*"],
    ["-v", "-r", "{T}", "{S}", "{T}/etc/link"],
    ["-v", "-r", "{T}", "{S}", "{T}/etc/dangling"],
    ["-v", "-r", "{T}", "{S}", "{T}/fifo"],
    ["-v", "-r", "{T}", "{S}", "{T}/home/ann"],
    # what is wrong with the call; its words are upstream's where they say more than "usage"
    ["-r", "{T}/missing", "{S}", "{T}"],
    ["-o", "x", "-v", "-r", "{T}", "{S}", "{T}/etc"],
    ["-r", "{T}", "{T}", "{T}"],
]
# Only the exit status is the same: words for errors are our own.
STATUS_ONLY = [
    [], ["-h"], ["-?"], ["-z", "{S}", "{T}"], ["{S}"], ["-T", "x", "{S}", "{T}"],
    ["-p", "-v", "{S}", "{T}"], ["-r"], ["-r", "{T}", "-r", "{T}", "{S}", "{T}"],
    ["-f", "{T}/missing", "{S}"], ["-f", "-", "{S}", "{T}"], ["-r", "{T}", "{S}", "{T}/missing"],
    ["-C", "-r", "{T}", "{S}", "{T}/missing"], ["-r", "{T}", "{S}", "{T}/etc/passwd/x"],
    ["-i", "-r", "{T}", "{S}", "{T}/etc/passwd/x"], ["-r", "{T}", "{S}", ""],
    ["-r", "{T}", "{T}/missing", "{T}"], ["-r", "{T}/etc", "{S}", "{T}/home"],
    ["-r", "{T}", "{T}/../bad", "{T}"], ["-c", "{T}/missing", "{S}"], ["-c", "{S}", "{S}"],
    ["-c"], ["-e"], ["-f"], ["-r", "/", "{S}", "{T}"],
    # 3.4 shows the slash, and of a file without a label the path that it looked up
    ["-v", "-r", "{T}", "{S}", "{T}/etc/"], ["-v", "-r", "{T}", "{S}", "{T}/none"],
    ["-v", "-r", "{T}", "{S}", "{T}/none/file"],
]


def make(top):
    tree = os.path.join(top, "tree")
    for name in ("etc/ssh", "home/ann", "none"):
        os.makedirs(os.path.join(tree, name))
    for name in ("etc/passwd", "etc/shadow", "etc/ssh/config", "home/ann/notes", "none/file"):
        open(os.path.join(tree, name), "w", encoding="ascii").close()
    os.symlink("passwd", os.path.join(tree, "etc/link"))
    os.symlink("nowhere", os.path.join(tree, "etc/dangling"))
    os.mkfifo(os.path.join(tree, "fifo"))
    for name, label in LABELS.items():
        os.setxattr(os.path.join(tree, name), XATTR, label.encode() + b"\0")
    for name, text in (("spec", SPEC), ("bad", "/a\n/b(\tu:r:t:s0\n"),
                       ("list", f"{tree}/etc/passwd\n{tree}/home/ann\n")):
        with open(os.path.join(top, name), "w", encoding="ascii") as f:
            f.write(text)
    return tree


def labels(tree):
    found = {}
    for folder, dirs, files in os.walk(tree):
        for name in [""] + files + [d for d in dirs if os.path.islink(os.path.join(folder, d))]:
            path = os.path.join(folder, name) if name else folder
            try:
                found[os.path.relpath(path, tree)] = os.getxattr(path, XATTR, follow_symlinks=False)
            except OSError as e:
                found[os.path.relpath(path, tree)] = os.strerror(e.errno)
    return found


def run(program, args, scratch):
    """What can be seen of one call: lines of both outputs, status, labels."""
    top = os.path.join(scratch, "t")
    shutil.rmtree(top, ignore_errors=True)
    os.mkdir(top)
    tree = make(top)
    spec = os.path.join(top, "spec")
    words = [a.format(S=spec, T=tree) for a in args]
    stdin = words.pop()[1:] if words and words[-1].startswith("<") else ""
    got = subprocess.run(["setfiles", *words], executable=program, input=stdin.encode(),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=top, timeout=120,
                         env={**os.environ, "LC_ALL": "C"}, check=False)
    # what 3.11 calls <no context>, 3.4 did not name
    stdout = got.stdout.replace(b" from (null) to ", b" from <no context> to ")
    return {"stdout": sorted(stdout.splitlines()), "stderr": sorted(got.stderr.splitlines()),
            "status": got.returncode, "labels": labels(tree)}


def main():
    ours = os.path.abspath(sys.argv[1])
    if os.path.exists("/sys/fs/selinux/enforce") or not os.access(ORACLE, os.X_OK):
        print(f"skipped: no {ORACLE}, or SELinux is on")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        try:
            os.setxattr(scratch, XATTR, b"u:object_r:t_t:s0\0")
        except OSError:
            print("skipped: labels cannot be set here (root needed)")
            return 77
        for keys, calls in ((("stdout", "stderr", "status", "labels"), SAME),
                            (("status", "labels"), STATUS_ONLY)):
            for args in calls:
                theirs, mine = run(ORACLE, args, scratch), run(ours, args, scratch)
                different = [k for k in keys if theirs[k] != mine[k]]
                failed += bool(different)
                for k in different:
                    print(f"setfiles {' '.join(args)!r}: {k}\n  theirs {theirs[k]}\n"
                          f"  ours   {mine[k]}")
    print(f"{len(SAME) + len(STATUS_ONLY)} command lines, {failed} with other answers")
    return failed > 0


sys.exit(main())
