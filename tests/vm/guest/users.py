# SPDX-License-Identifier: LGPL-2.1-or-later
"""users: somebody who is not root and confined, and his own files, beside policycoreutils' own."""
import os

import domains
import rig
from rig import case, check, label, labelled, later, local_rules, same, sh, spoil, touch

PAGES = "/home/user/public_html"
KINDS = ("user_home_t", "httpd_user_content_t")


def planted():
    """Pages as somebody moved them there, in a home whose SELinux user is his."""
    user = domains.current.context.split(":")[0]
    sh("rm", "-rf", PAGES)
    spoil(os.path.dirname(PAGES), "user_home_dir_t", user)
    os.makedirs(PAGES + "/sub")
    touch(PAGES + "/page", PAGES + "/sub/bad", PAGES + "/sub/more")
    os.symlink("page", PAGES + "/link")
    for number, path in enumerate(sorted(rig.below(PAGES))):
        spoil(path, KINDS[number % 3 == 1], user)
        os.chown(path, domains.USER, domains.USER, follow_symlinks=False)


def both(*arguments, extra=lambda: None):
    """-> labels, lines and status of theirs and of ours"""
    results = []
    later(sh, "rm", "-rf", PAGES)
    for by in ("theirs", "ours"):
        planted()
        extra()
        before = rig.contexts(PAGES)
        said, status = domains.run(by, "restorecon", *arguments)
        after = rig.contexts(PAGES)
        rig.count(by, sum(before[path] != after[path] for path in after), status)
        results.append((after, sorted(said.splitlines()), status))
    return results


def compare(theirs, ours):
    for path, want in theirs[0].items():
        labelled(ours[0][path], want, "label of " + path)
    same(ours[1], theirs[1], "what is said")
    same(ours[2], theirs[2], "status")


@case(labels=True, domains=(*domains.USERS, "setfiles_t"))
def a_users_own_files():
    compare(*both("-Rv", PAGES))
    check(label(PAGES + "/page") != "user_home_t" or not os.path.exists(PAGES), "theirs labels nothing")
    compare(*both("-Rvn", PAGES))


@case(labels=True, domains=domains.USERS)
def a_label_that_a_user_may_not_give():
    """His file whose rule is root's; what he may set is set, and the status tells of the rest."""
    local_rules(PAGES + "/sub/bad -- system_u:object_r:shadow_t:s0")
    theirs, ours = both("-Rv", PAGES)
    compare(theirs, ours)


@case(labels=False, domains=domains.USERS)
def a_users_hand_on_what_is_roots():
    """Root's file, among his own: the kernel refuses it, whatever mode it is in."""
    def of_root():
        os.chown(PAGES + "/page", 0, 0)
        spoil(PAGES + "/page", "etc_t", "system_u")

    theirs, ours = both("-Rv", PAGES, extra=of_root)
    same(ours[0]["/page"].split(":")[2], "etc_t", "the label of root's file")
    compare(theirs, ours)
