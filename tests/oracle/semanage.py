#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""semanage.py SETFILES SEFCONTEXT_COMPILE MATCHPATHCON MODULES: libsemanage has what it is about to install
checked by setfiles and compiled by sefcontext_compile: by the distribution's, and by ours.

Every command runs twice, on twin copies of this machine's policy store: its status, its words and the rules
afterwards have to be the same.  The copies are mounted over the store, in a mount namespace of our own, and
no policy is loaded.  Our modules are among what is installed; neverallow rules are checked.

Needs root, selinux-policy-default, and semanage (policycoreutils-python-utils)."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import Failed, check, own_mounts, skip

STORE, CONFIG = "/var/lib/selinux", "/etc/selinux"
RULES = CONFIG + "/default/contexts/files/"
BAD = {"regex.cil": '(filecon "/vm/[a" file (system_u object_r etc_t ((s0) (s0))))\n',
       "type.cil": '(filecon "/vm/a" file (system_u object_r no_such_t ((s0) (s0))))\n'}
FCONTEXT = ["semanage", "fcontext", "-N"]
# ({MODULES}: our modules, {BAD}: the two above); what is said where it has to fail
COMMANDS = [
    (["semodule", "-n", "-B"], None),
    (["semodule", "-n", "-i", "{MODULES}/relabel.cil", "-i", "{MODULES}/restored.cil"], None),
    (["semodule", "-n", "-i", "{BAD}/regex.cil"], "has invalid regex /vm/[a"),
    (["semodule", "-n", "-i", "{BAD}/type.cil"], "Failed to resolve filecon statement"),
    (FCONTEXT + ["-a", "-t", "httpd_sys_content_t", "/vm(/.*)?"], None),
    (FCONTEXT + ["-a", "-t", "etc_t", "/vm/[a"], "has invalid regex /vm/[a"),
    (FCONTEXT + ["-a", "-t", "no_such_t", "/vm/a"], "no_such_t is invalid"),
    (FCONTEXT + ["-a", "-e", "/var/www", "/vmweb"], None),
    (["semodule", "-n", "-r", "relabel", "-r", "restored"], None),
]
# asked in the end, but for what the modules say before they go
ASKED = {"/vm/x": "httpd_sys_content_t", "/vmweb/x": "httpd_sys_content_t", "/var/cache/relabel": "var_t"}
MODULES_SAY = {"/var/cache/relabel": "relabel_cache_t", "/.relabel-onboot": "etc_runtime_t",
               "/usr/sbin/setfiles": "setfiles_exec_t", "/usr/local/sbin/fixfiles": "setfiles_exec_t",
               "/usr/bin/relabel": "setfiles_exec_t", "/usr/sbin/restored": "restorecond_exec_t",
               "/run/restored.lock": "restorecond_run_t"}


class Bed:
    """Copies mounted over store and configuration, and programs over those of the distribution.

    libsemanage leaves them no environment, and ours find their library by the place they are in: scripts
    start them."""

    def __init__(self, work, programs):
        self.work, self.mounted = work, []
        for there in STORE, CONFIG:
            copy = work + there
            shutil.copytree(there, copy, symlinks=True)
            self.mount(copy, there)
        with open(CONFIG + "/semanage.conf", encoding="utf-8") as f:
            text = re.sub(r"(?m)^expand-check *=.*$", "", f.read())
        self.write(CONFIG + "/semanage.conf", text + "\nexpand-check=1\n")
        for name, text in BAD.items():
            self.write(work + "/" + name, text)
        for there, program in programs.items():
            script = work + "/" + os.path.basename(there)
            self.write(script, '#!/bin/bash\necho "$0 $*" >>%s/started\nexec -a "$0" %s "$@"\n' % (
                work, program))
            os.chmod(script, 0o755)
            self.mount(script, there)

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def mount(self, what, there):
        there = os.path.realpath(there)
        subprocess.run(["mount", "--bind", what, there], check=True)
        self.mounted.append(there)

    def started(self):
        with open(self.work + "/started", encoding="utf-8") as f:
            return {line.split()[0] for line in f}

    def end(self):
        for there in reversed(self.mounted):
            subprocess.run(["umount", there], check=True)


def rules():
    """The text of each file; of compiled ones that they are there."""
    result = {}
    for path in filter(os.path.isfile, glob.glob(RULES + "*")):
        with open(path, "rb") as f:
            result[os.path.basename(path)] = path.endswith(".bin") or f.read()
    return result


def told(text, work):
    """Lines in any number: theirs tells of a bad rule twice.  Its last one does not name the program, and
    any status but 0 says that the rules are bad."""
    lines = text.replace(work, "").splitlines()
    lines = [re.sub(r"^/sbin/setfiles: (?=\S+: Invalid argument)", "", line) for line in lines]
    return {re.sub(r"(setfiles returned error code) \d+", r"\1 N", line) for line in lines}


def session(work, programs, modules, matchpathcon):
    """-> for each command status, words and rules"""
    bed = Bed(work, programs)

    def say(questions):
        for path, want in questions.items():
            have = subprocess.run([matchpathcon, "-n", path], stdout=subprocess.PIPE, text=True,
                                  check=False).stdout.strip()
            check(have.split(":")[2:3] == [want], "%s: %s, not %s" % (path, have, want))

    try:
        done = []
        for argv, why in COMMANDS:
            argv = [word.format(MODULES=modules, BAD=work) for word in argv]
            p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               check=False)
            check((p.returncode != 0) == bool(why) and (why or "") in p.stdout,
                  "%s: status %d: %s" % (" ".join(argv), p.returncode, p.stdout))
            if "{MODULES}/relabel.cil" in COMMANDS[len(done)][0]:
                say(MODULES_SAY)
            done.append((p.returncode, told(p.stdout, work), rules()))
        say(ASKED)
        check(bed.started() >= {"/sbin/setfiles"} if programs else True, "ours is not asked")
        return done
    finally:
        bed.end()


def compare(theirs, ours):
    for (argv, _), one, other in zip(COMMANDS, theirs, ours):
        what = " ".join(argv)
        check(one[0] == other[0], "%s: status %d, and %d with ours" % (what, one[0], other[0]))
        check(one[1] == other[1], "%s: theirs alone: %s; ours alone: %s" % (
            what, sorted(one[1] - other[1]), sorted(other[1] - one[1])))
        differ = sorted(n for n in one[2].keys() | other[2].keys() if one[2].get(n) != other[2].get(n))
        check(not differ, "%s: other rules: %s" % (what, differ))
    check(theirs[0][2]["file_contexts"] == theirs[-1][2]["file_contexts"],
          "what is left of our modules when they are removed")


def main():
    setfiles, compiler, matchpathcon, modules = map(os.path.abspath, sys.argv[1:])
    if os.getuid() != 0:
        skip("only root can mount")
    if not glob.glob(STORE + "/default/active/modules"):
        skip("there is no policy store (selinux-policy-default)")
    for tool in "semodule", "semanage":
        if not shutil.which(tool):
            skip("there is no %s (policycoreutils, policycoreutils-python-utils)" % tool)
    if not own_mounts():
        skip("no mount namespace can be had here")
    programs = {"/sbin/setfiles": setfiles, "/usr/sbin/sefcontext_compile": compiler}
    with tempfile.TemporaryDirectory(prefix="relabel-semanage-", dir="/var/tmp") as work:
        for name in "theirs", "ours":
            os.mkdir(work + "/" + name)
        try:
            compare(session(work + "/theirs", {}, modules, matchpathcon),
                    session(work + "/ours", programs, modules, matchpathcon))
        except Failed as why:
            sys.exit("FAIL " + str(why))
    print("%d commands, twice" % len(COMMANDS))


if __name__ == "__main__":
    main()
