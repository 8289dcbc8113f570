# SPDX-License-Identifier: LGPL-2.1-or-later
"""labels: ranges, customizable types, mounts that say what labels are, translated ranges, rings: what only
a kernel with a policy can show."""
import json
import os
import socket
import struct
import threading

import domains
import rig
from rig import (SCRATCH, STOCK_POLICY, case, check, context, dirs, fresh, labelled, later, load_policy,
                 local_rules, same, sh, spoil, touch, types_but)
from tools import beside

WEB = "httpd_sys_content_t"
ANY = ("setfiles_t", "unconfined_t")


# ---- ranges and customizable types --------------------------------------------------------------


@case(labels=True, domains=ANY)
def rules_with_ranges():
    """A range is kept but with -F, whether the rule's is smaller, larger, or the whole."""
    top = "/var/www/ranges"
    local_rules(top + "(/.*)? system_u:object_r:%s:s0" % WEB,
                top + "/html(/.*)? system_u:object_r:%s:s0:c3.c5" % WEB,
                top + "/all(/.*)? system_u:object_r:%s:s0-s0:c0.c1023" % WEB)
    for flags in ("-Rv", "-RvF"):
        beside(top, "restorecon", flags, top, names=("html/a", "all/x", "z"))
    same(context(top + "/html/a").split(":", 3)[3] if os.path.exists(top) else "", "s0:c3.c5", "the range")


@case(labels=True)
def a_range_that_is_not_canonical():
    """setfiles asks the kernel how it writes it, so that the second run has nothing to do."""
    top = fresh("/var/www/ranges")
    touch(top + "/a")
    rules = "/etc/vm.rules"
    rig.write(rules, "/.* system_u:object_r:%s:s0:c1,c2,c3,c5\n" % WEB)
    later(os.unlink, rules)
    for by in ("theirs", "ours"):
        for path in (top, top + "/a"):
            spoil(path)
        first, status = domains.run(by, "setfiles", "-vF", "-r", "/var/www", rules, top)
        labelled(context(top + "/a"), "system_u:object_r:%s:s0:c1.c3,c5" % WEB, "the label by " + by)
        again = domains.run(by, "setfiles", "-vF", "-r", "/var/www", rules, top)
        same(again, ("", 0), "the second run of " + by)
        rig.count(by, first.count("Relabeled"), status)


@case(labels=True, domains=ANY)
def customizable_types_and_force():
    top = "/var/www/tree"
    kinds = ("public_content_t", "httpd_sys_rw_content_t", "public_content_rw_t", "tmp_t")
    for flags in ("-Rv", "-RvF", "-Rvn"):
        beside(top, "restorecon", flags, top, names=("html/a", "z"), kinds=kinds, changes=flags != "-Rvn")


# ---- mounts that say what labels are ------------------------------------------------------------

MOUNTS = {
    "fscontext": "fscontext=system_u:object_r:fs_t:s0",
    "fscontext, which no web page may be on": "fscontext=system_u:object_r:dosfs_t:s0",
    "defcontext": "defcontext=system_u:object_r:etc_t:s0",
    "rootcontext": "rootcontext=system_u:object_r:etc_t:s0",
    "context": "context=system_u:object_r:dosfs_t:s0",
    "read-only": "ro",
}


def on_mount(by, what):
    """-> the labels of a tree with such a mount in it, what is said, and the status"""
    top = fresh("/var/www/tree")
    disk = top + "/disk"
    os.mkdir(disk)
    spoil(disk, "mnt_t")  # where mount_t may mount
    sh("mount", SCRATCH[0], disk)
    os.makedirs(disk + "/dir", exist_ok=True)
    touch(disk + "/file")
    for path in rig.below(disk):
        spoil(path)
    sh("umount", disk)
    # mount_t may not give all these labels to a file system; an administrator's mount is in another domain
    sh(*domains.ALL["unconfined_t"].starter, "mount", "-o", MOUNTS[what], SCRATCH[0], disk)
    try:
        before = rig.contexts(top)
        said, status = domains.run(by, "restorecon", "-Rv", top)
        after = rig.contexts(top)
    finally:
        sh("umount", disk)
    rig.count(by, sum(after[path] != before[path] for path in after), status)
    return after, sorted(said.splitlines()), status


@case(labels=True, domains=ANY)
def mounts_with_labels_of_their_own():
    """context=, fscontext=, defcontext=, rootcontext=, read-only: as theirs."""
    sh("mkfs.ext4", "-q", "-F", SCRATCH[0])
    for what in MOUNTS:
        theirs, ours = on_mount("theirs", what), on_mount("ours", what)
        for path, want in theirs[0].items():
            labelled(ours[0][path], want, "%s: label of %s" % (what, path))
        if what == "read-only":  # an error for 3.4, told and no error for 3.11, which ours follows
            check("Read only filesystem" in "".join(ours[1]), "not told: %s" % ours[1])
            continue
        # ours says once of a mount with labels of its own that it is left alone
        same([x for x in ours[1] if ": not entered: " not in x], theirs[1], what)
        same(ours[2], theirs[2], "status, " + what)


# ---- translations ------------------------------------------------------------------------------


class Translator:
    """What mcstransd would do, for one range."""

    PLACE = "/var/run/setrans/.setrans-unix"

    def __init__(self):
        os.makedirs(os.path.dirname(self.PLACE), exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.PLACE)
        os.chmod(self.PLACE, 0o666)
        self.socket.listen(8)
        self.asked = 0
        threading.Thread(target=self.serve, daemon=True).start()
        later(self.end)

    def end(self):
        self.socket.close()
        os.unlink(self.PLACE)

    def serve(self):
        while True:
            try:
                peer = self.socket.accept()[0]
            except OSError:
                return
            with peer:
                while self.answer(peer):
                    pass

    def answer(self, peer):
        head = peer.recv(12, socket.MSG_WAITALL)
        if len(head) < 12:
            return False
        function, one, two = struct.unpack("=III", head)
        text = peer.recv(one, socket.MSG_WAITALL)
        peer.recv(two, socket.MSG_WAITALL)
        self.asked += 1
        if function == 2:  # a raw context becomes one for people
            text = text.replace(b":s0:c7\0", b":Secret\0")
        peer.sendall(struct.pack("=IIi", function, len(text), 0) + text)
        return True


@case(labels=True)
def translated_ranges_are_for_people():
    """Debian's matchpathcon shows what mcstransd says, ours the label as it is, as all other tools do."""
    top = fresh("/var/www/ranges")
    local_rules(top + "(/.*)? system_u:object_r:%s:s0:c7" % WEB)
    touch(top + "/a")
    translator = Translator()
    shown = {by: sh(programs["matchpathcon"], top)
             for by, programs in (("theirs", rig.theirs), ("ours", rig.ours))}
    check(":Secret" in shown["theirs"] and translator.asked, "it is not translated: %(theirs)s" % shown)
    same(shown["ours"], sh(rig.theirs["matchpathcon"], "-N", top), "matchpathcon")
    said = []
    for by in ("theirs", "ours"):
        for path in (top, top + "/a"):
            spoil(path)
        had = domains.run(by, "restorecon", "-RvF", top)
        labelled(context(top + "/a"), "system_u:object_r:%s:s0:c7" % WEB, "the label")
        rig.count(by, 2, had[1])
        said.append((sorted(had[0].splitlines()), had[1]))
    same(said[1], said[0], "what is said")


# ---- rings and the status page ------------------------------------------------------------------


@case(labels=True, domains=ANY)
def a_ring_that_is_refused():
    """Debian's policy without our module gives setfiles_t none: nothing is said, all is labelled."""
    rig.excuse_denials()
    load_policy(STOCK_POLICY)
    later(load_policy)
    top = fresh("/var/www/tree")
    os.mkdir(top + "/d")
    touch(*["%s/d/%d" % (top, i) for i in range(300)])
    for way in ((), ("--io=auto",), ("--io=uring",), ("--io=sync",)):
        for path in rig.below(top):
            spoil(path)
        same(domains.run("ours", "restorecon", "-R", *way, top), ("", 0), "what is said with %s" % (way,))
        labelled(types_but(top, WEB), [], "with %s" % (way,))
        rig.count("ours", 302, 0)


@case(labels=False, domains=("setfiles_t", "unconfined_t", "user_t"))
def relabel_status_beside_sestatus():
    says = dict(line.split(":", 1) for line in sh("sestatus").splitlines() if ":" in line)
    told = json.loads(sh(*domains.current.starter, dirs["bindir"] + "/relabel", "status", "--json"))
    same("enabled" if told["selinux"] in ("enforcing", "permissive") else told["selinux"],
         says["SELinux status"].strip(), "is it on")
    same(told["selinux"], says["Current mode"].strip(), "the mode")
    check("/%s/" % says["Loaded policy name"].strip() in told["rules"], "the policy: " + told["rules"])
    check(told["usable"], "its rules are of use")
