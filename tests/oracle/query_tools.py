#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""query_tools.py QUERYDIR [CORPORA]: the same command lines through the distribution's matchpathcon
and selabel tools and through ours; standard output and exit status are the same bytes, standard
error says the same.

What differs on purpose is left out here and pinned in tests/cli instead: see DIFFERENCES of the
man pages.  Of standard error a usage line stands for all that follows it, and a message said twice
(libselinux reads a bad file twice) counts once.

The digests of directories are libselinux 3.11's; with an older one, whose differ, they are left
out, and tests/unit/test_digest.c has what 3.11 printed for a small set.

ORACLE_QUERY names another folder with the distribution's programs, or a program that is given a
tool's name and its arguments.
LBL_ORACLE=quick looks fewer paths up.
"""
import hashlib
import lzma
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile

ORACLE = os.environ.get("ORACLE_QUERY", "/usr/sbin")
QUICK = os.environ.get("LBL_ORACLE") == "quick"
TOOLS = ("matchpathcon", "selabel_lookup", "selabel_lookup_best_match", "selabel_partial_match",
         "selabel_digest", "selabel_get_digests_all_partial_matches")
XATTR = "security.selinux"
failures = commands = 0


def skip(why):
    print("SKIP:", why)
    sys.exit(77)


def run(path, argv, cwd):
    p = subprocess.run(argv, executable=path, cwd=cwd, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=600, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    return p.stdout, errors(p.stderr), p.returncode


def errors(text):
    seen = []
    for line in text.split(b"\n"):
        if line.startswith(b"usage:"):
            seen.append(b"usage")
            break
        if line and line not in seen:
            seen.append(line)
    return seen


def oracle(argv, cwd):
    if os.path.isdir(ORACLE):
        return run(os.path.join(ORACLE, argv[0]), argv, cwd)
    return run(ORACLE, [ORACLE] + argv, cwd)


def compare(argv, cwd, ours):
    global failures, commands
    commands += 1
    want = oracle(argv, cwd)
    got = run(os.path.join(ours, argv[0]), argv, cwd)
    if got == want:
        return
    failures += 1
    if failures > 10:
        return
    print("FAILED:", " ".join(shlex.quote(a) for a in argv)[:300])
    for name, w, g in zip(("output", "errors", "exit status"), want, got):
        if w != g:
            if isinstance(w, bytes):
                w, g = (x.split(b"\n") for x in (w, g))
                differ = [(a, b) for a, b in zip(w, g) if a != b]
                w, g = zip(*differ[:5]) if differ else (len(w), len(g))
            print("   ", name, "theirs:", w)
            print("   ", name, "ours:  ", g)


# ---- small sets -----------------------------------------------------------------------------

RULES = r"""
/.*			u:object_r:root_t:s0
/a(/.*)?		u:object_r:a_t:s0
/a/b		-d	u:object_r:dir_t:s0
/a/b		--	u:object_r:file_t:s0
/a/b		-l	u:object_r:link_t:s0
/a/c/.*		-p	u:object_r:pipe_t:s0
/a/c/.*		-s	u:object_r:sock_t:s0
/a/c/.*		-b	u:object_r:blk_t:s0
/a/c/.*		-c	u:object_r:chr_t:s0
/a/plain\.txt		u:object_r:plain_t:s0
/n(/.*)?		<<none>>
/n/kept		--	u:object_r:kept_t:s0
"""
FEW = "/a/b/c\t--\tu:object_r:c_t:s0\n/r/x[0-9]\tu:object_r:x_t:s0\n"


def small_sets(cwd):
    def put(name, text):
        with open(os.path.join(cwd, name), "w") as f:
            f.write(text)

    put("fc", RULES)
    put("fc.local", "/a/b\t--\tu:object_r:local_t:s0\n")
    put("fc.homedirs", "/home/[^/]+\t-d\tu:object_r:home_t:s0\n")
    put("fc.subs", "/alias /a\n")
    put("fc.subs_dist", "/other /alias\n/deep/er /a/c\n")
    put("few", FEW)
    put("bad", "/a u:object_r:a_t:s0\n/b\n")
    put("kind", "/a -q u:object_r:a_t:s0\n")
    os.mkdir(os.path.join(cwd, "d"))


def small_commands():
    m = ["matchpathcon"]
    yield from (m, m + ["-f", "fc"], m + ["-z"], m + ["-m"], m + ["-f", "missing", "/a"],
                m + ["-f", "bad", "/a"], m + ["-f", "kind", "/a"], m + ["-m", "x", "-f", "fc", "/a"],
                m + ["-P", "root", "/a"], m + ["-P", "/missing/root", "/a"],
                m + ["-f", "fc", "", "/a"], m + ["-f", "fc", "/a/", "//", "/", "/a//b"],
                m + ["-f", "fc", "a", "./a", "/a/../b", "d"],
                m + ["-f", "few", "/x", "/a/b/c"])
    paths = ["/", "/a", "/a/b", "/a/c/x", "/a/plain.txt", "/a/plainxtxt", "/n", "/n/x", "/n/kept",
             "/alias", "/alias/b", "/aliasb", "/other/b", "/other", "/deep/er/x", "/home/ann",
             "/home/ann/x", "/x"]
    for kind in ("", "b", "c", "d", "p", "l", "s", "f", "fifo"):
        mode = ["-m", kind] if kind else []
        yield m + mode + ["-f", "fc"] + paths
        yield m + mode + ["-n", "-N", "-f", "fc"] + paths
    yield m + ["-p", "/a", "-f", "fc", "/a/b"]
    k = ["selabel_lookup", "-b", "file"]
    yield from (k[:1], k + ["-z"], k + ["-f", "fc"], k + ["-k", "", "-f", "fc"],
                k + ["-k", "/a", "-f", "missing"], k + ["-k", "/a", "-f", "bad"],
                ["selabel_lookup", "-b", "none", "-k", "/a"],
                ["selabel_lookup", "-b", "prop", "-k", "/a"],
                ["selabel_lookup", "-b", "service", "-k", "/a"],
                ["selabel_lookup", "-b", "FiLe", "-k", "/a", "-f", "fc"],
                ["selabel_lookup", "-r", "-k", "/a", "-f", "fc", "/b"])
    for path in paths:
        for mode in (0, 8192, 24576, 4096, 49152, 40960, 16384, 32768, 33188):
            yield k + ["-k", path, "-t", str(mode), "-f", "fc"]
        yield k + ["-k", path, "-t", "junk", "-f", "fc"]
        p = ["selabel_partial_match", "-p", path]
        yield p + ["-f", "few"]
        b = ["selabel_lookup_best_match", "-f", "fc", "-p", path]
        yield from (b, b + ["-m", "f", "/a/b"], b + ["-m", "d", "/x", "/home/ann"],
                    b + ["-m", "p", "/n/x", "/a/c/x"], b + ["-r", "-m", "?", "/n"])
    yield from (["selabel_partial_match"], ["selabel_partial_match", "-p"],
                ["selabel_partial_match", "-p", "", "-f", "few"],
                ["selabel_partial_match", "-p", "/a", "-f", "missing"],
                ["selabel_lookup_best_match"],
                ["selabel_lookup_best_match", "-p", "", "-f", "fc"],
                ["selabel_lookup_best_match", "-f", "fc"],
                ["selabel_lookup_best_match", "-p", "/a", "-f", "missing"])
    d = ["selabel_digest", "-b", "file"]
    yield from (d[:1], d + ["-f", "fc"], d + ["-B", "-f", "fc"], d + ["-i", "-f", "fc"],
                d + ["-v", "-f", "few"], d + ["-f", "missing"], d + ["-f", "few", "operand"],
                ["selabel_digest", "-b", "none", "-f", "few"],
                ["selabel_digest", "-b", "service", "-f", "few"])
    g = ["selabel_get_digests_all_partial_matches"]
    yield from (g, g + ["-z"], g + ["-f", "fc"], g + ["-f", "missing", "d"], g + ["-f", "few", "d"],
                g + ["-f", "few", "fc"])


# ---- -V -------------------------------------------------------------------------------------


def labelled_tree(cwd):
    """The policy in @cwd/policy labels @cwd/t; absolute, since upstream loses its way otherwise."""
    files = os.path.join(cwd, "policy", "contexts", "files")
    top = os.path.join(cwd, "t")
    os.makedirs(files)
    os.makedirs(os.path.join(top, "none"))
    with open(os.path.join(files, "file_contexts"), "w") as f:
        f.write("%s(/.*)?\tsystem_u:object_r:t_t:s0\n%s/none\t<<none>>\n"
                "%s/kind\t-d\tsystem_u:object_r:dir_t:s0\n" % (top, top, top))
    labels = {"ok": b"system_u:object_r:t_t:s0\0", "bare": b"system_u:object_r:t_t:s0",
              "user": b"root:object_r:t_t:s0\0", "role": b"system_u:r:t_t:s0\0",
              "type": b"system_u:object_r:x_t:s0\0", "range": b"system_u:object_r:t_t:s0:c1\0",
              "kind": b"system_u:object_r:dir_t:s0\0", "nothing": b"none\0"}
    for name, label in labels.items():
        open(os.path.join(top, name), "w").close()
        os.setxattr(os.path.join(top, name), XATTR, label)
    open(os.path.join(top, "unlabelled"), "w").close()
    os.symlink("type", os.path.join(top, "link"))
    os.setxattr(os.path.join(top, "link"), XATTR, labels["ok"], follow_symlinks=False)
    os.setxattr(os.path.join(top, "none"), XATTR, labels["ok"])
    os.setxattr(top, XATTR, labels["ok"])
    return top, list(labels)


def verify_commands(cwd, top, names):
    v = ["matchpathcon", "-V", "-P", os.path.join(cwd, "policy")]
    absolute = [os.path.join(top, n) for n in names]
    yield v + absolute + [os.path.join(top, "link"), top, top + "/", os.path.join(top, "none")]
    yield v + ["-m", "d"] + absolute
    yield v + ["t/ok", "./t/user"]
    for bad in ("unlabelled", "missing", "missing/x"):
        yield v + [absolute[0], os.path.join(top, bad), absolute[1]]
    for n in absolute:
        yield v + ["-q", n]
    yield v + ["-q"] + absolute
    yield v + ["-n", "-N", absolute[4]]


# ---- a real policy --------------------------------------------------------------------------


def policy_commands(corpora, cwd, rng):
    source = os.path.join(corpora, "debian")
    if not os.path.exists(os.path.join(source, "file_contexts")):
        print("no corpus in", source)
        return
    for suffix in ("", ".homedirs", ".subs_dist"):
        shutil.copyfile(os.path.join(source, "file_contexts" + suffix),
                        os.path.join(cwd, "debian" + suffix))
    with lzma.open(os.path.join(corpora, "paths", "real.txt.xz"), "rb") as f:
        paths = [line[2:] for line in f.read().split(b"\n")]
    # bytes that ours would show as \ooo, and names both would clean up
    paths = [p.decode() for p in paths if p.startswith(b"/") and p.isascii()
             and p.decode().isprintable()]
    for kind in ("", "f", "d", "l", "s", "c"):
        some = rng.sample(paths, 60 if QUICK else 500)
        yield ["matchpathcon", "-f", "debian"] + (["-m", kind] if kind else []) + some
    for path in rng.sample(paths, 3 if QUICK else 10):
        yield ["selabel_lookup", "-b", "file", "-f", "debian", "-t", "32768", "-k", path]
        yield ["selabel_lookup_best_match", "-f", "debian", "-m", "f", "-p", path]
        yield ["selabel_partial_match", "-f", "debian", "-p", path]
    yield ["selabel_digest", "-b", "file", "-f", "debian"]


def has_same_digests(cwd):
    """Does the oracle hash what 3.11 does?  3.8 sees no spec below the directory, 3.4 no kinds."""
    spec = "%s/x" % cwd
    with open(os.path.join(cwd, "one"), "w") as f:
        f.write(spec + " u:object_r:one_t:s0\n")
    out = oracle(["selabel_get_digests_all_partial_matches", "-f", "one", cwd], cwd)[0]
    want = hashlib.sha1(spec.encode() + b"\0\0u:object_r:one_t:s0\0").hexdigest()
    return want.encode() in out


def digest_commands(corpora, cwd):
    if not has_same_digests(cwd):
        print("digests of directories are not compared: this libselinux has others")
        return
    for corpus in ("debian", "fedora", "refpolicy"):
        rules = os.path.join(corpora, corpus, "file_contexts")
        if os.path.exists(rules):
            for top in ("/dev", "/etc", "/var") if QUICK else ("/dev", "/etc", "/usr", "/var"):
                yield ["selabel_get_digests_all_partial_matches", "-r", "-f", rules, top]


def main():
    ours = os.path.abspath(sys.argv[1])
    corpora = os.environ.get("LBL_CORPORA") or (sys.argv[2] if len(sys.argv) > 2 else "")
    if os.path.isdir(ORACLE):
        missing = [t for t in TOOLS if not os.path.exists(os.path.join(ORACLE, t))]
        if missing:
            skip("no %s (selinux-utils is not installed)" % ", ".join(missing))
    with tempfile.TemporaryDirectory(prefix="relabel-query-", dir="/var/tmp") as cwd:
        small_sets(cwd)
        for argv in small_commands():
            compare(argv, cwd, ours)
        try:
            top, names = labelled_tree(cwd)
        except PermissionError:
            print("labels cannot be set here: -V is not compared")
        else:
            for argv in verify_commands(cwd, top, names):
                compare(argv, cwd, ours)
        for argv in policy_commands(corpora, cwd, random.Random(1)):
            compare(argv, cwd, ours)
        for argv in digest_commands(corpora, cwd):
            compare(argv, cwd, ours)
    print("%d command lines, %d differ" % (commands, failures))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
