# SPDX-License-Identifier: LGPL-2.1-or-later
"""refused: labels that the running policy does not know: who may store them, and what is said to whom
may not."""
import os
import re
import shutil
import subprocess

import rig
from rig import (Skip, case, check, context, contexts, enforcing, fresh, labelled, later, load_policy,
                 local_rules, ours, same, sh, spoil, theirs, touch, write)

MAC_ADMIN_POLICY = "/usr/share/vm/policy.mac_admin"  # gives setfiles_t what it takes
POLICY = "/etc/selinux/default/policy"
UNABLE = ("setpriv", "--bounding-set=-mac_admin", "--inh-caps=-mac_admin")
FILES = ("a1", "a2", "a3", "b1", "b2", "good")
GOOD = "system_u:object_r:httpd_sys_content_t:s0"


def denials_are_wanted():
    """Those of the case."""
    rig.denials_of("ours")
    later(rig.denials_of, "wanted")


def plant():
    """Files whose rules have types that the policy does not know, two of them."""
    top = fresh("/var/www/d")
    for name in FILES:
        touch(top + "/" + name)
        spoil(top + "/" + name, "tmp_t")
    local_rules("/var/www/d/a.* system_u:object_r:no_a_t:s0", "/var/www/d/b.* system_u:object_r:no_b_t:s0")
    return top


def run(*argv):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return p.stdout, p.returncode


def types(top):
    return {name: context(top + "/" + name).split(":")[2] for name in FILES}


def refused(top, said, status, lacks):
    """What is left as it was, and told: a line for each context, and why for all of them."""
    labels = types(top)
    same({labels[name] for name in FILES[:-1]}, {"tmp_t"}, "types of what is refused")
    same(status, 255, "status: " + said)
    same(len(re.findall("Could not set context for " + top + "/a", said)), 1, "lines of one context")
    same(len(re.findall("Could not set context for ", said)), 2, "lines of all contexts: " + said)
    check("unknown to the running policy: types no_a_t, no_b_t (5 files)\n" in said, "types: " + said)
    same(len([x for x in said.splitlines() if lacks in x]), 1, "%s: %s" % (lacks, said))


def stored(top):
    """With their raw names; to see them takes mac_admin, too."""
    labels = types(top)
    labelled(labels, {name: {"a": "no_a_t", "b": "no_b_t"}.get(name[0], "httpd_sys_content_t")
                      for name in FILES}, "types")


@case(labels=False)
def unknown_labels_without_the_capability():
    """Nobody stores them, in either mode; nor does theirs."""
    for how in ((), ("--io=uring",), ("--io=sync", "-T", "2")):
        denials_are_wanted()
        top = plant()
        said, status = run(*UNABLE, ours["restorecon"], "-Rv", *how, top)
        refused(top, said, status, "CAP_MAC_ADMIN, which is missing here")
        check("self:capability2" not in said, "it is not for the policy alone: " + said)
        same(context(top + "/good"), GOOD, "what is not refused")
        rig.tidy(False)
    denials_are_wanted()
    top = plant()
    status = run(*UNABLE, theirs["restorecon"], "-Rv", top)[1]
    check(status != 0, "theirs: status")
    same({types(top)[name] for name in FILES[:-1]}, {"tmp_t"}, "types by theirs")


@case(labels=False)
def unknown_labels_without_the_permission():
    """Debian's policy gives mac_admin to no domain."""
    if not enforcing:
        raise Skip("nothing is denied")
    denials_are_wanted()
    top = plant()
    said, status = run(ours["restorecon"], "-Rv", top)
    refused(top, said, status, '"allow setfiles_t self:capability2 mac_admin;", which is missing')
    top = plant()
    check(run(theirs["restorecon"], "-Rv", top)[1] != 0, "theirs: status")
    same({types(top)[name] for name in FILES[:-1]}, {"tmp_t"}, "types by theirs")
    # the domain is the process's own
    place = fresh("/srv/bin")
    shutil.copy(ours["setfiles"], place + "/restorecon")
    spoil(place + "/restorecon", "bin_t")
    top = plant()
    said, status = run(place + "/restorecon", "-Rv", top)
    refused(top, said, status, '"allow initrc_t self:capability2 mac_admin;"')


@case(labels=True)
def unknown_labels_where_all_is_allowed():
    """They are stored as they are, and found right the next time; as by theirs."""
    if enforcing:
        raise Skip("it is not")
    for tool in (ours, theirs):
        denials_are_wanted()
        top = plant()
        said = run(tool["restorecon"], "-R", top)
        stored(top)
        same(said, ("", 0), "what is said")
        rig.tidy(False)
    denials_are_wanted()
    top = plant()
    said, status = run(ours["restorecon"], "-Rv", top)
    stored(top)
    same((said.count("Relabeled " + top + "/"), status), (len(FILES), 0), "what is changed: " + said)
    same(run(ours["restorecon"], "-Rv", top), ("", 0), "the second time")


@case(labels=True)
def unknown_labels_with_the_permission():
    """A module gives it to setfiles' domain."""
    denials_are_wanted()
    load_policy(MAC_ADMIN_POLICY)
    later(load_policy)
    top = plant()
    said = run(ours["restorecon"], "-R", top)
    stored(top)
    same(said, ("", 0), "what is said")
    same(run(ours["restorecon"], "-Rv", top), ("", 0), "the second time")
    top = plant()
    same(run(ours["restorecon"], "-R", "--io=uring", top), ("", 0), "by a ring")
    stored(top)
    # who has not the permission sees unlabeled_t, and tries again
    load_policy()
    if enforcing:
        same(types(top)["a1"], "unlabeled_t", "as seen by others")
        said, status = run(ours["restorecon"], "-R", top)
        same(status, 255, "status: " + said)
        check('"allow setfiles_t self:capability2 mac_admin;"' in said, said)


@case(labels=False)
def other_parts_of_a_label_that_are_unknown():
    denials_are_wanted()
    top = fresh("/var/www/d")
    for name in ("user", "range"):
        touch(top + "/" + name)
        spoil(top + "/" + name, "tmp_t")
    local_rules("/var/www/d/user -- no_u:object_r:etc_t:s0", "/var/www/d/range -- system_u:object_r:etc_t:s99")
    said, status = run(*UNABLE, ours["restorecon"], "-RF", top)
    same(status, 255, "status: " + said)
    for words in ("the user of no_u:object_r:etc_t:s0 (1 file)", "the range of system_u:object_r:etc_t:s99 (1 file)"):
        check("unknown to the running policy: " + words in said, said)


@case(labels=False)
def who_judges_the_rules():
    """The kernel, and its policy's file, take and refuse the same contexts."""
    top = fresh("/srv/root")
    touch(top + "/a")
    write("/etc/vm.rules", "/.* system_u:object_r:etc_t:s0\n/b system_u:object_r:ect_t:s0\n")
    policy = max(os.path.join(POLICY, name) for name in os.listdir(POLICY))
    before = contexts(top)
    for who in ((), ("--validate=kernel",), ("--validate=" + policy,), ("-c", policy)):
        said, status = run(ours["setfiles"], "-v", *who, "-r", top, "/etc/vm.rules", top)
        check(status in (1, 255) and "/etc/vm.rules: line 2 has invalid context" in said, said)
        kernels = not who or "kernel" in who[0]
        same("does not know 1 context, of type ect_t (etc_t?)" in said, kernels, "the way out: " + said)
    same(contexts(top), before, "labels")
    same(run(ours["setfiles"], "--validate", "none", "-n", "-r", top, "/etc/vm.rules", top), ("", 0), "nobody")
    for who in ("kernel", policy, "none"):
        same(run(ours["restorecon"], "-Rn", "--validate", who, "/etc/selinux"), ("", 0), "all rules, by " + who)
    local_rules("/var/www/d/b -- system_u:object_r:no_b_t:s0")
    for who in ("kernel", policy):
        said, status = run(ours["restorecon"], "-Rn", "--validate", who, "/etc/selinux")
        same(status, 1, "status: " + said)
        check(rig.LOCAL_RULES + ": line " in said and "no_b_t" in said, said)
        said = sh(ours["fixfiles"], "--validate", who, "check", "/etc/selinux", status=1)
        check("no_b_t" in said, said)
