# SPDX-License-Identifier: LGPL-2.1-or-later
"""domains: in whose domain a tool runs, and who starts it there.

    setfiles_t            a service starts the installed program, by the policy's own transition
    setfiles_t/admin      an administrator does, who logged in as unconfined_u
    initrc_t              a service starts a copy in a folder of programs like any other (bin_t)
    unconfined_t          an administrator does
    user_t, staff_t       somebody who logged in by ssh, and is not root, starts the installed program
    restorecond_t         systemd starts the daemon
"""
import os
import shutil
import subprocess

import rig
from rig import case, same

COPIES = "/opt/copies"
TOOLS = ("setfiles", "restorecon", "matchpathcon", "restorecon_xattr")
USER = 1000
LOGIN = "/usr/sbin/vm-login"
# A user's program may use no pipe but one of sshd's.
LOGIN_SCRIPT = """#!/bin/bash
set -o pipefail
context=$1; shift
cat | setpriv --reuid %d --regid %d --clear-groups runcon "$context" \\
	/bin/bash -c 'export HOME=/home/user; "$@"' bash "$@" 2>&1 | cat
""" % (USER, USER)
RULES = ("%s -- system_u:object_r:sshd_exec_t:s0" % LOGIN,
         COPIES + "/(ours|theirs)/.* -- system_u:object_r:bin_t:s0",
         COPIES + "/cat -- system_u:object_r:setfiles_exec_t:s0")

_THROUGH_SHELL = ("/bin/sh", "-c", 'exec "$@"', "sh")
_ADMIN = ("runcon", "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023", *_THROUGH_SHELL)


class Domain:
    def __init__(self, context, starter, copies):
        self.context, self.starter, self.copies = context, starter, copies


def _logged_in(context):
    return Domain(context, (LOGIN, context), False)


ALL = {
    "setfiles_t": Domain("system_u:system_r:setfiles_t:s0", (), False),
    "setfiles_t/admin": Domain("unconfined_u:unconfined_r:setfiles_t:s0-s0:c0.c1023", _ADMIN, False),
    "initrc_t": Domain("system_u:system_r:initrc_t:s0", (), True),
    "unconfined_t": Domain(_ADMIN[1], _ADMIN, True),
    "user_t": _logged_in("user_u:user_r:user_t:s0"),
    "staff_t": _logged_in("staff_u:staff_r:staff_t:s0"),
    "restorecond_t": Domain("system_u:system_r:restorecond_t:s0", (), False),
}
ROOTS = ("setfiles_t", "setfiles_t/admin", "initrc_t", "unconfined_t")
USERS = ("user_t", "staff_t")
current = ALL["setfiles_t"]


def enter(name):
    """What argv() and run() are about from now on."""
    global current  # pylint: disable=global-statement
    current = ALL[name]


def program(by, tool):
    """The path that runs in the present domain; `by`: "ours" or "theirs"."""
    if current.copies:
        return "%s/%s/%s" % (COPIES, by, tool)
    return {"ours": rig.ours, "theirs": rig.theirs}[by][tool]


def argv(by, tool, *arguments):
    return [*current.starter, program(by, tool), *arguments]


def run(by, tool, *arguments, text=None, cwd=None):
    """-> what it says to either stream, its own path as its name alone; and its status"""
    rig.denials_of("ours")
    p = subprocess.run(argv(by, tool, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, input=text or "", errors="backslashreplace", cwd=cwd, check=False)
    rig.denials_of(by)
    return p.stdout.replace(program(by, tool) + ":", tool + ":"), p.returncode


def prepare():
    """What was installed, its copies, and the way in for users."""
    for by, programs in (("ours", rig.ours), ("theirs", rig.theirs)):
        os.makedirs("%s/%s" % (COPIES, by))
        for tool in TOOLS:
            shutil.copy(programs[tool], "%s/%s/%s" % (COPIES, by, tool))
    shutil.copy("/usr/bin/cat", COPIES + "/cat")
    rig.write(LOGIN, LOGIN_SCRIPT)
    os.chmod(LOGIN, 0o755)
    rig.install(*RULES)
    rig.sh(rig.theirs["restorecon"], "-RF", COPIES, LOGIN)


@case(labels=False, domains=tuple(d for d in ALL if d != "restorecond_t"))
def domains_are_what_they_are_called():
    """(The daemon's has a case of its own.)"""
    cat = "/usr/bin/cat" if current.copies or current.starter[:1] == (LOGIN,) else COPIES + "/cat"
    said = rig.sh(*current.starter, cat, "/proc/self/attr/current")
    same(said.rstrip("\0\n"), current.context, "the context")
    if current.starter[:1] == (LOGIN,):
        said = rig.sh(*current.starter, "/usr/bin/id", "-u")
        same(said.strip(), str(USER), "the user")
