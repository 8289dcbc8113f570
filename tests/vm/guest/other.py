# SPDX-License-Identifier: LGPL-2.1-or-later
"""other: a disk with another system, labelled from here by the policy in it, which this kernel's is not."""
import json
import os
import subprocess

import rig
from rig import (Skip, case, check, context, dirs, enforcing, labelled, later, load_policy, ours, same,
                 sh)

MAC_ADMIN_POLICY = "/usr/share/vm/policy.mac_admin"
TOP = "/mnt/other"
POLICY = TOP + "/usr/etc/selinux/other/policy"
UNKNOWN = ("other_data_t", "other_notice_t")
relabel = dirs["bindir"] + "/relabel"


def mounted():
    """The disk, and what Debian's setfiles gave the same tree: path -> context, where the rules have one"""
    if rig.OTHER["skip"]:
        raise Skip(rig.OTHER["skip"])
    rig.denials_of("ours")
    later(rig.denials_of, "wanted")
    os.makedirs(TOP, exist_ok=True)
    sh("mount", rig.OTHER["disk"], TOP)
    later(sh, "umount", TOP)
    # setfiles_t may read no file that has no label: the policy in there must have one first
    for path in rig.below(TOP + "/usr/etc/selinux"):
        rig.spoil(path, "selinux_config_t")
    rig.spoil(TOP + "/etc/selinux", "selinux_config_t")
    with open("/test/other.json") as f:
        return json.load(f)


def all_labels():
    return {path[len(TOP):] or "/": context(path) for path in rig.below(TOP)}


def compare(have, wanted):
    for path, label in wanted.items():
        labelled(have.get(path), label, "label of " + path)


def forget_labels():
    """As the disk was."""
    for path in rig.below(TOP):
        rig.spoil(path, "tmp_t")


@case(labels=False)
def another_system_without_the_permission():
    """What this kernel knows is set, the rest is refused and explained; in permissive mode all is."""
    wanted = mounted()
    p = subprocess.run([relabel, "restore", "-qF", "--root", TOP, TOP], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, check=False)
    if not enforcing:
        same((p.stdout, p.returncode), ("", 0), "what is said")
        compare(all_labels(), wanted)
        forget_labels()
        return
    check(p.returncode != 0, "status")
    check("other_data_t, other_notice_t" in p.stdout and "mac_admin" in p.stdout, p.stdout[-800:])
    have = all_labels()
    for path, label in wanted.items():
        if label.split(":")[2] not in UNKNOWN:
            same(have[path], label, "label of " + path)
    same({have[p].split(":")[2] in UNKNOWN for p, c in wanted.items() if c.split(":")[2] in UNKNOWN}, {False},
         "what is unknown")


@case(labels=True)
def another_system_by_its_own_policy():
    """All of it as Debian's setfiles has it; and under that policy nothing is left to do."""
    wanted = mounted()
    load_policy(MAC_ADMIN_POLICY)
    later(load_policy)
    said = sh(ours["restorecon"], "-RF", "--root", TOP, TOP)
    have = all_labels()
    compare(have, wanted)
    same(said, "", "what is said")
    check({c.split(":")[2] for c in have.values()}.issuperset(UNKNOWN), "types that are unknown here")
    # this kernel becomes that system's
    policy, = (os.path.join(POLICY, name) for name in os.listdir(POLICY))
    load_policy(policy)
    same(sh(ours["restorecon"], "-RFnv", "--root", TOP, TOP), "", "under its own policy")
    same(sh(relabel, "check", "--validate", "kernel", "--root", TOP, TOP), "", "its rules, judged by it")
    same(sh(ours["matchpathcon"], "--root", TOP, "-V", TOP + "/etc/debian_version"),
         TOP + "/etc/debian_version verified.\n", "one file")
    compare(all_labels(), wanted)
