# SPDX-License-Identifier: LGPL-2.1-or-later
"""options: what restorecon's and setfiles' options do beside policycoreutils' own."""
import glob
import os

import domains
import rig
from rig import case, check, fresh, label, labelled, later, same, sh, spoil, touch, write
from tools import RULES, beside, both

TOP = "/var/www/tree"
FEW = ("html/a", "cgi-bin/x", "z")
ANY = ("setfiles_t", "unconfined_t")


def listed(end):
    """What -f is given: all of the tree, that it is not to be labelled twice, and a name with a blank."""
    return "".join(TOP + "/" + name + end for name in ("html", "html/a", "cgi-bin", "cgi-bin/x~", "z.link"))


def small(tool, *arguments, **how):
    beside(TOP, tool, *arguments, names=FEW, **how)


# ---- restorecon --------------------------------------------------------------------------------


@case(labels=True, domains=ANY)
def restorecon_from_a_list():
    small("restorecon", "-v", "-f", "-", text=listed("\n"))
    small("restorecon", "-Rv", "-f", "-", text=listed("\n"))
    small("restorecon", "-v", "-0", "-f", "-", text=listed("\0"))
    write("/etc/vm.list", listed("\n"))
    later(os.unlink, "/etc/vm.list")
    small("restorecon", "-v", "-f", "/etc/vm.list")


@case(labels=True, domains=ANY)
def restorecon_leaves_out():
    small("restorecon", "-Rv", "-e", TOP + "/html", TOP)
    small("restorecon", "-Rv", "-e", TOP + "/html/", "-e", TOP + "/cgi-bin", TOP)
    small("restorecon", "-Rv", "-e", TOP, TOP, changes=False, words=False)
    small("restorecon", "-Rv", "-e", TOP + "/missing", TOP)


@case(labels=True, domains=ANY)
def restorecon_of_what_is_missing():
    """The status is the same; theirs says which system call failed, as 3.4 does."""
    small("restorecon", "-Rv", TOP + "/missing", TOP, status=255, words=False)
    small("restorecon", "-Rv", TOP, TOP + "/missing/more", status=255, words=False)
    small("restorecon", "-Rvi", TOP + "/missing", TOP)
    small("restorecon", status=255, changes=False, words=False)
    small("restorecon", "-v", changes=False)


@case(labels=True, domains=ANY)
def restorecon_by_other_names():
    """Relative, with dots, through links: the directory part is resolved, the last name is not."""
    later(os.unlink, "/var/www/alias")
    os.makedirs("/var/www", exist_ok=True)
    os.symlink("tree", "/var/www/alias")

    def alias(_):
        spoil("/var/www/alias", "bin_t")  # which all domains may read
    small("restorecon", "-Rv", "html", cwd=TOP)
    small("restorecon", "-Rv", ".", cwd=TOP)
    small("restorecon", "-Rv", "../cgi-bin", "./../html/../z", cwd=TOP + "/html")
    small("restorecon", "-Rv", TOP + "/html/", TOP + "//cgi-bin")
    small("restorecon", "-Rv", "/var/www/alias/html", ready=alias)
    small("restorecon", "-Rv", "/var/www/alias", ready=alias, changes=False)


def another_mount(top):
    """A tmpfs with a wrong label below; -> what takes it away"""
    os.mkdir(top + "/disk")
    spoil(top + "/disk", "mnt_t")  # where mount_t may mount
    sh("mount", "-t", "tmpfs", "none", top + "/disk")
    touch(top + "/disk/file")
    spoil(top + "/disk/file", "etc_t")

    def undo():
        sh("umount", top + "/disk")
        os.rmdir(top + "/disk")
    return undo


@case(labels=True, domains=ANY)
def restorecon_and_mounts_below():
    small("restorecon", "-Rv", TOP, ready=another_mount)
    # theirs goes by device numbers, ours by mounts; a tmpfs is both
    small("restorecon", "-Rvx", TOP, ready=another_mount)


@case(labels=True, domains=ANY)
def restorecon_without_words():
    for flags in ("-R", "-RF", "-Rq", "-Rm"):
        small("restorecon", flags, TOP)
    small("restorecon", "-Rp", TOP, words=False)  # they count in other ways
    small("restorecon", "-Rpv", TOP, status=255, changes=False, words=False)
    small("restorecon", "-Rn", TOP, changes=False)


# ---- setfiles ----------------------------------------------------------------------------------


@case(labels=True, domains=ANY)
def setfiles_and_its_options():
    write("/etc/vm.rules", "%s(/.*)? system_u:object_r:etc_t:s0\n%s/html/a -- system_u:object_r:bin_t:s0\n"
          "/never system_u:object_r:bin_t:s0\n" % (TOP, TOP))
    later(os.unlink, "/etc/vm.rules")
    small("setfiles", "-dv", "/etc/vm.rules", TOP)
    for _, lines, _ in both(TOP, "setfiles", "-W", "/etc/vm.rules", TOP, names=FEW)[1:]:
        same([x.partition("(")[2].partition(",")[0] for x in lines], ["/never"], "-W says: %s" % lines)
    small("setfiles", "-vs", "/etc/vm.rules", text=listed("\n"))
    small("setfiles", "-v", "-e", TOP + "/html", "/etc/vm.rules", TOP)
    small("setfiles", "-vi", "/etc/vm.rules", TOP + "/missing", TOP)
    small("setfiles", "-v", "/etc/vm.rules", TOP + "/missing", status=255, changes=False, words=False)
    small("setfiles", "-vC", "/etc/vm.rules", TOP)
    small("setfiles", "/etc/no.rules", TOP, status=None, changes=False, words=False)
    small("setfiles", "/etc/vm.rules", status=255, changes=False, words=False)


@case(labels=False, domains=ANY)
def setfiles_checks_against_a_policy():
    """As libsemanage does: -c POLICY, with and without a context that the policy has not."""
    write("/etc/vm.rules", "/a system_u:object_r:etc_t:s0\n")
    write("/etc/vm.bad", "/a system_u:object_r:etc_t:s0\n/b system_u:object_r:relabel_cache_t:s0\n")
    spoil(rig.STOCK_POLICY, "policy_config_t")
    whole = glob.glob("/etc/selinux/default/policy/policy.*")[0]
    later(os.unlink, "/etc/vm.rules")
    later(os.unlink, "/etc/vm.bad")
    # Debian's policy has no type of our module, whatever the kernel has
    for rules, policy, good in ((RULES, whole, True), ("/etc/vm.rules", rig.STOCK_POLICY, True),
                                ("/etc/vm.bad", whole, True), ("/etc/vm.bad", rig.STOCK_POLICY, False)):
        had = [domains.run(by, "setfiles", "-q", "-c", policy, rules) for by in ("theirs", "ours")]
        for by, (said, status) in zip(("theirs", "ours"), had):
            rig.count(by, 0, status)
            same(status == 0, good, "%s of %s: %s" % (by, rules, said))
        same(had[1][1], had[0][1], "status")
        check(good or "/etc/vm.bad: line 2 " in had[1][0], "not told: " + had[1][0])


@case(labels=True)
def changes_are_logged():
    """-l: the same records for syslog."""
    texts = []
    for by in ("theirs", "ours"):
        top = fresh(TOP)
        touch(top + "/a", top + "/b")
        for path in (top, top + "/a", top + "/b"):
            spoil(path)
        domains.run(by, "restorecon", "-Rl", top)
        labelled(label(top + "/a"), "httpd_sys_content_t", "the label")
        sh("journalctl", "--sync")
        said = sh("journalctl", "-q", "-o", "cat", "--no-pager", "SYSLOG_IDENTIFIER=restorecon")
        sh("journalctl", "--rotate")
        sh("journalctl", "--vacuum-time=1s", status=None)
        texts.append(sorted(said.splitlines()))
        rig.count(by, 3, 0)
    check(len(texts[0]) == 3, "theirs: %s" % texts[0])
    same(texts[1][-3:], texts[0], "what is logged")


# ---- digests -----------------------------------------------------------------------------------


def digests(by):
    """-D, twice, with a label spoiled between; then -I.  -> what came of it"""
    top = fresh(TOP)
    os.makedirs(top + "/html/a")
    touch(top + "/html/a/f")
    for path in rig.below(top):
        spoil(path)
    steps = []
    for flags in ("-RD", "-RD", "-RI", "-RD"):
        said, status = domains.run(by, "restorecon", flags, top)
        steps.append((flags, "Skipping" in said, label(top + "/html/a/f"), status))
        spoil(top + "/html/a/f")
    rig.count(by, sum(step[2] != "tmp_t" for step in steps), 0)
    said, status = domains.run(by, "restorecon_xattr", "-r", top)
    believed = [line.split()[0] for line in said.splitlines() if line.endswith(" Match") and
                "No Match" not in line]
    steps.append(("restorecon_xattr", sorted(believed), status))
    said, status = domains.run(by, "restorecon_xattr", "-rD", top)
    steps.append(("restorecon_xattr -D", said.count(" Deleted "), status))
    steps.append(("left", sum("security.sehash" in os.listxattr(p) for p in rig.below(top))))
    return steps


@case(labels=True, domains=ANY)
def digests_are_believed():
    """Where they may be stored.  Each version of libselinux has others, so neither believes the other's."""
    theirs, ours = digests("theirs"), digests("ours")
    labelled([s[2] for s in ours[:4]], [s[2] for s in theirs[:4]], "labels")
    same(ours, theirs, "what comes of digests")
