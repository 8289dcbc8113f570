# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools: setfiles, restorecon and matchpathcon beside policycoreutils' own: the same labels, the same
words, the same status."""
import os
import random
import shutil
import subprocess

import domains
import rig
from rig import (SCRATCH, STOCK_POLICY, case, check, contexts, enforcing, fresh, label, labelled, later,
                 load_policy, local_rules, ours, same, sh, spoil, theirs, touch, types_but, wait, wanted,
                 write)

RULES = "/etc/selinux/default/contexts/files/file_contexts"
TYPES = ("tmp_t", "etc_t", "httpd_sys_content_t", "user_home_t", "var_t", "public_content_t", "bin_t")
USERS = ("system_u", "unconfined_u", "staff_u")
LEVELS = ("s0", "s0:c1,c5", "s0-s0:c0.c3")
TREE = ("home/user/.ssh/authorized_keys", "home/user/public_html/a/b", "home/user/mail/x",
        "var/www/html/index", "var/www/cgi-bin/run", "var/log/messages", "var/lib/dpkg/status",
        "etc/passwd", "etc/shadow", "etc/ssh/ssh_host_key", "usr/bin/prog", "usr/lib/libx.so.1",
        "usr/sbin/setfiles", "opt/app/bin/app", "srv/www/page", "tmp/file", "mnt/disk/file",
        "run/utmp", "boot/vmlinuz", "root/.bashrc", "dev/null", "proc/1", "lost+found/x")


def plant(top, names=TREE, kinds=TYPES):
    """Files, links and fifos like those of a system, with labels of all sorts; always the same."""
    chance = random.Random(1)
    shutil.rmtree(top, ignore_errors=True)
    for name in names:
        path = os.path.join(top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        touch(path, path + "~", os.path.join(os.path.dirname(path), ".hidden"))
        os.mkfifo(path + ".fifo")
        os.symlink("/etc/passwd", path + ".link")
    for path in sorted(rig.below(top)):
        spoil(path, chance.choice(kinds), chance.choice(USERS), "object_r", chance.choice(LEVELS))


def both(top, tool, *arguments, names=TREE, text=None, cwd=None, kinds=TYPES, ready=None):
    """Theirs, then ours on the same tree.  -> for each its labels, lines (in no order) and status

    `ready`: called with the tree before, and gives what is called after.
    """
    results = []
    later(shutil.rmtree, top, True)
    for by in ("theirs", "ours"):
        plant(top, names, kinds)
        undo = ready(top) if ready else None
        before = contexts(top)
        said, status = domains.run(by, tool, *arguments, text=text, cwd=cwd)
        after = contexts(top)
        if undo:
            undo()
        rig.count(by, sum(after[path] != before[path] for path in after), status)
        results.append((after, sorted(said.splitlines()), status))
    return (before, *results)


def beside(top, tool, *arguments, status=0, changes=True, words=True, **how):
    """The same labels, lines and status.  `status` None: whatever theirs is; `changes`: theirs sets a label
    at all; `words`: lines are compared."""
    before, (labels, lines, theirs_status), (our_labels, our_lines, our_status) = both(
        top, tool, *arguments, **how)
    what = " ".join((tool, *arguments[:4]))
    if status is not None:
        same(theirs_status, status, "their status of %s: %s" % (what, lines[:5]))
    if changes:
        check(labels != before, "theirs changed nothing: %s" % lines[:5])
    for path, want in labels.items():
        labelled(our_labels[path], want, "label of %s by %s" % (path, what))
    if words:
        same([x for x in our_lines if x not in lines], [], "lines that only we have, " + what)
        same([x for x in lines if x not in our_lines], [], "lines that only they have, " + what)
    same(our_status, theirs_status, "status of %s: %s" % (what, our_lines[:5]))


# ---- the same as theirs ------------------------------------------------------------------------


@case(labels=True, domains=("setfiles_t", "unconfined_t"))
def setfiles_as_theirs():
    top = "/srv/root"
    for flags in ("-v", "-vF", "-vn"):
        beside(top, "setfiles", flags, "-r", top, RULES, top, changes=flags != "-vn")


@case(labels=True, domains=domains.ROOTS)
def restorecon_as_theirs():
    top = "/var/www/tree"
    for flags in ("-Rv", "-RvF", "-Rvn", "-v"):
        beside(top, "restorecon", flags, top, names=("html/a/b", "cgi-bin/x", "perl/y", "z"),
               changes=flags != "-Rvn")
    top = "/home/user/tree"
    beside(top, "restorecon", "-RvF", top, names=("public_html/a", ".ssh/b", "c"))


@case(labels=True)
def fixfiles_as_theirs():
    """What is said differs; what is done does not."""
    top = "/var/www/tree"
    later(shutil.rmtree, top, True)
    for arguments in (("-v", "restore"), ("-F", "restore"), ("check",), ("-F", "verify")):
        results = []
        for by in ("theirs", "ours"):
            plant(top, ("html/a/b", "cgi-bin/x", "z"))
            before = contexts(top)
            said, status = domains.run(by, "fixfiles", *arguments, top)
            after = contexts(top)
            rig.count(by, sum(after[path] != before[path] for path in after), status)
            results.append((after, sorted(x.partition(" ")[2] for x in said.splitlines() if " from " in x)))
            same(status, 0, "status of %s, %s" % (by, arguments))
        for path, want in results[0][0].items():
            labelled(results[1][0][path], want, "label of %s by %s" % (path, arguments))
        same(results[1][1], results[0][1], "files that are told of by %s" % (arguments,))
        if arguments[0] == "-v":
            check(results[0][1], "theirs tells of nothing")


@case(labels=False, domains=("initrc_t", "unconfined_t", "user_t"))
def matchpathcon_as_theirs():
    paths = ["/" + name for name in TREE] + ["/srv/www/x", "/no/such", "/"]
    for flags in ((), ("-n",), ("-V",), ("-m", "dir"), ("-m", "lnk_file"), ("-N",)):
        had = [domains.run(by, "matchpathcon", *flags, *paths) for by in ("theirs", "ours")]
        same(had[1], had[0], "matchpathcon " + " ".join(flags))
        for by, (_, status) in zip(("theirs", "ours"), had):
            rig.count(by, 0, status)


# ---- what the kernel does not want --------------------------------------------------------------


@case(labels=False, domains=("setfiles_t", "unconfined_t"))
def rules_the_kernel_refuses():
    """setfiles asks the kernel for each context; what it does not know is told by file and line."""
    top = fresh("/srv/root")
    touch(top + "/a")
    write("/etc/vm.rules", "/.* system_u:object_r:etc_t:s0\n/b system_u:object_r:no_such_type_t:s0\n")
    before = contexts(top)
    for by in ("theirs", "ours"):
        said, status = domains.run(by, "setfiles", "-v", "-r", top, "/etc/vm.rules", top)
        rig.count(by, 0, status)
        check(status != 0, by + " takes them: " + said)
        same(contexts(top), before, "labels by " + by)
    check("no_such_type_t" in said and "/etc/vm.rules: line 2 " in said, "not told: " + said)


@case(labels=False, domains=("setfiles_t", "initrc_t", "unconfined_t"))
def a_rule_that_only_one_file_meets():
    """restorecon asks nobody before; the kernel refuses when the label is set."""
    rig.excuse_denials()
    top = fresh("/var/www/d")
    local_rules("/var/www/d/bad -- system_u:object_r:no_such_type_t:s0")
    results = {}
    for by in ("theirs", "ours"):
        touch(top + "/bad", top + "/good")
        for path in (top + "/bad", top + "/good"):
            spoil(path, "tmp_t")
        said, status = domains.run(by, "restorecon", "-Rv", top)
        results[by] = (label(top + "/bad"), label(top + "/good"), status != 0)
        rig.count(by, sum(label(path) != "tmp_t" for path in (top + "/bad", top + "/good")), status)
        if by == "ours" and enforcing:
            check(rig.LOCAL_RULES in said, "the rule is not told: " + said)
        os.unlink(top + "/bad")
    same(results["ours"], results["theirs"], "labels, and is it a failure")
    if enforcing:
        same(results["ours"], ("tmp_t", "httpd_sys_content_t", True), "what it comes to")


def becomes_web_content(path, spoiled):
    """`spoiled` makes the label that is wrong; then theirs and ours mend it."""
    for by in ("theirs", "ours"):
        touch(path)
        spoiled()
        said, status = domains.run(by, "restorecon", "-v", path)
        rig.count(by, int(label(path) == "httpd_sys_content_t"), status)
        if by == "ours":
            labelled(label(path), "httpd_sys_content_t", "the label; " + said)
        os.unlink(path)


@case(labels=True, domains=("setfiles_t", "unconfined_t"))
def labels_the_policy_does_not_know():
    """What was stored while nobody minded reads as unlabeled_t, and is mended."""
    path = fresh("/var/www/d") + "/file"

    def unknown():
        if enforcing:
            rig.enforce(False)
        spoil(path, "no_such_type_t")
        if enforcing:
            rig.enforce(True)
            same(label(path), "unlabeled_t", "before")
    becomes_web_content(path, unknown)


@case(labels=True, domains=("setfiles_t", "unconfined_t"))
def a_type_that_a_new_policy_removes():
    path = fresh("/var/www/d") + "/file"
    later(load_policy)

    def removed():
        load_policy()
        spoil(path, "relabel_cache_t")  # of our module
        load_policy(STOCK_POLICY)
    becomes_web_content(path, removed)


# ---- where it works ----------------------------------------------------------------------------


@case(labels=True)
def mounts_without_labels_are_left_out():
    top = fresh("/var/www/tree")
    for name, how in (("fixed", ("-t", "tmpfs", "-o", "context=system_u:object_r:dosfs_t:s0", "none")),
                      ("proc", ("-t", "proc", "none"))):
        os.mkdir(top + "/" + name)
        sh("mount", *how, top + "/" + name)
        later(sh, "umount", top + "/" + name)
    touch(top + "/fixed/file", top + "/file")
    said = []
    for by in ("theirs", "ours"):
        for path in (top, top + "/file"):
            spoil(path, "tmp_t")
        said.append(domains.run(by, "restorecon", "-Rv", top))
        labelled(label(top + "/file"), "httpd_sys_content_t", "beside the mounts")
        same(label(top + "/fixed/file"), "dosfs_t", "on the mount")
        rig.count(by, 2, said[-1][1])
    # ours says once of a mount that somebody gave labels of its own that it is left alone
    told = [line for line in said[1][0].splitlines(True) if ": not entered: " in line]
    check(len(told) == 1 and "/fixed: not entered: " in told[0] and "context=" in told[0],
          "told once: %r" % said[1][0])
    same((said[1][0].replace(told[0], ""), said[1][1]), said[0], "what is said, and the status")


def mounted(*kinds):
    """-> (kind, disk, mount point) of a fresh file system of each kind that can be made here"""
    for kind, disk in zip(kinds, SCRATCH):
        if shutil.which("mkfs." + kind):
            top = fresh("/var/www/" + kind)
            sh("mkfs." + kind, "-q", "-F" if kind == "ext4" else "-f", disk)
            sh("mount", disk, top)
            later(sh, "umount", top)
            yield kind, disk, top


@case(labels=True)
def file_systems_on_disks():
    """Labels are there after the file system was mounted anew."""
    for kind, disk, top in mounted("ext4", "xfs", "btrfs"):
        os.makedirs(top + "/a/b")
        touch(top + "/a/b/c")
        os.symlink("c", top + "/a/b/l")
        for path in rig.below(top):
            spoil(path, "tmp_t")
        sh(ours["restorecon"], "-R", top)
        sh("umount", top)
        sh("mount", disk, top)
        bad = [b for b in types_but(top, "httpd_sys_content_t") if "lost+found" not in b[0]]
        labelled(bad, [], "after it was mounted anew, " + kind)


@case(labels=True)
def labels_read_at_once():
    """Only where it is asked for, and not where contexts are those of the mount."""
    for kind, disk, top in mounted("ext4", "btrfs"):
        os.makedirs(top + "/a/b")
        touch(*["%s/a/f%d" % (top, i) for i in range(200)])
        how = [ours["restorecon"], "-R", "-v", "-v", "--bulk=only", top]
        for path in rig.below(top):
            spoil(path, "tmp_t")
        sh(*(how[:-2] + how[-1:] if enforcing else how))
        labelled(types_but(top, "httpd_sys_content_t"), [], "of " + kind)
        check("SELinux is on" in sh(*how[:-2], top), "auto says why it does not do it")
        if enforcing:
            sh(*how, status=255)
        else:
            check(" from " not in sh(*how), "a right tree has nothing to do")
            spoil(top + "/a/f7", "tmp_t")
            same(sh(*how).count(" from "), 1, "one file is wrong")
        sh("umount", top)
        sh("mount", "-o", "context=system_u:object_r:dosfs_t:s0", disk, top)
        said = sh(*how, "-m", status=None)  # without -m it is left out before
        check("labels of its own" in said, "a mount with context=: " + said)


@case(labels=True)
def setfiles_in_its_domain():
    top = fresh("/var/www/d")
    touch(top + "/file")
    spoil(top + "/file", "tmp_t")
    with subprocess.Popen([ours["setfiles"], "-s", RULES], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as p:
        def domain():
            with open("/proc/%d/attr/current" % p.pid) as f:
                return f.read().rstrip("\0\n")
        wait(lambda: domain() == "system_u:system_r:setfiles_t:s0", "its domain")
        said = p.communicate(top + "/file\n")[0]
    same(p.returncode, 0, "status: " + said)
    labelled(label(top + "/file"), "httpd_sys_content_t", "the label")


@case(labels=True)
def the_whole_system_twice():
    marked = "/var/lib/misc/marked"
    os.makedirs(os.path.dirname(marked), exist_ok=True)
    touch(marked)
    later(os.unlink, marked)
    spoil(marked, "etc_t")
    first = sh(ours["setfiles"], "-v", RULES, "/")
    labelled(label(marked), wanted(marked).split(":")[2], "the label")
    check(marked in first, "it is not told: " + first[-500:])
    same(sh(ours["setfiles"], "-v", RULES, "/"), "", "the second changes nothing")
    same(sh(theirs["setfiles"], "-n", "-v", RULES, "/"), "", "nor would theirs")


@case(labels=True)
def fixfiles_over_all_file_systems():
    """Those that hold labels here, which the kernel says itself; nothing is left for setfiles then."""
    disk, file = fresh("/srv/fixfiles"), "/srv/fixfiles/file"
    sh("mount", "-t", "tmpfs", "none", disk)
    later(sh, "umount", disk)
    touch(file)
    spoil(file, "etc_t")
    said = sh(ours["fixfiles"], "check")
    headline = [x for x in said.splitlines() if x.startswith("Checking /")][0].split()[1:]
    check("/" in headline and disk in headline and "/proc" not in headline,
          "file systems: %s" % headline)
    check("Would relabel %s from " % file in said, "it is not told: " + said[-500:])
    labelled(label(file), "etc_t", "after a check")
    sh(ours["fixfiles"], "-N", "@4102444800", "restore")
    labelled(label(file), "etc_t", "too old")
    # the policy does not let what is mounted over in /sys have the label its rules give it
    sh(ours["fixfiles"], "-B", "restore", status=None)
    labelled(label(file), wanted(file).split(":")[2], "the label")
    same(sh(theirs["setfiles"], "-n", "-v", RULES, disk), "", "theirs would change nothing")
    later(os.unlink, "/.autorelabel")
    sh(ours["fixfiles"], "-B", "-M", "-T", "2", "onboot")
    with open("/.autorelabel") as f:
        words = f.read().split()
    same([words[0], words[1][:1], *words[2:]], ["-N", "@", "-M", "-T", "2"], "what is kept for the boot")


@case(labels=False)
def this_machines_devices_are_left_alone():
    """A chroot has them as well; but they are no part of another system, and their labels are ours."""
    top = fresh("/srv/other")
    os.makedirs(top + "/etc/selinux/default/contexts/files")
    write(top + "/etc/selinux/config", "SELINUXTYPE=default\n")
    write(top + RULES, "/.*\tsystem_u:object_r:etc_t:s0\n")
    for path in rig.below(top + "/etc/selinux"):  # what setfiles_t may read
        spoil(path, "selinux_config_t")
    for name in "dev", "sys":
        os.mkdir(top + "/" + name)
        sh("mount", "--bind", "/" + name, top + "/" + name)
        later(sh, "umount", top + "/" + name)
    said = sh(ours["fixfiles"], "--root", top, "check")
    same([x for x in said.splitlines() if x.startswith("Checking /")], ["Checking " + top], "file systems")
    check(top + "/dev/null" not in said, "what is told: " + said[-500:])
    said = sh(ours["restorecon"], "-R", "-n", "-v", "--root", top, top)
    check(top + RULES in said and top + "/dev" not in said and top + "/sys" not in said,
          "what restorecon tells: " + said[-500:])
