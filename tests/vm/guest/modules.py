# SPDX-License-Identifier: LGPL-2.1-or-later
"""modules: our policy modules as an administrator has them: Debian's policy alone, semodule -i, the
booleans, semodule -r; what works, and what the kernel denies, at each of these steps."""
import os
import re
import shutil
import struct
import subprocess
import time
import traceback

import cil
import rig
from rig import (SCRATCH, Daemon, Failed, check, dirs, fresh, label, later, load_policy, ours, same, sh, spoil,
                 theirs, touch, types_but, wanted, write)

POLICY = "/etc/selinux/default"
STOCK, BARE = "/usr/share/vm/stock", "/usr/share/vm/bare"
MODULES = [dirs["prefix"] + "/share/relabel/policy/%s.cil" % name for name in ("relabel", "restored")]
BOOLEANS = ("relabel_bulk", "restored_fanotify")
BOOLEAN = "/sys/fs/selinux/booleans/%s"
ADMIN = "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023"
WEB = "httpd_sys_content_t"
PROGRAMS = {ours["setfiles"]: "setfiles_exec_t", ours["restorecon"]: "setfiles_exec_t",
            ours["fixfiles"]: "setfiles_exec_t", dirs["bindir"] + "/relabel": "setfiles_exec_t",
            ours["restored"]: "restorecond_exec_t", ours["matchpathcon"]: "bin_t"}
# Attributes in our rules: any of their types will do.
ATTRIBUTES = ("domain", "file_type", "filesystem_type")
# Rules for what this build may not do: with libsystemd the names of logind's files are enough.
NOT_HERE = {("restorecond_t", "file", p, "systemd_logind_runtime_t") for p in ("open", "read")}
DROP_IN = "/run/systemd/system/relabel-onboot.service.d/vm.conf"  # this machine does not reboot
UNIT = "[Unit]\nSuccessAction=none\n[Service]\nExecStopPost=\nStandardOutput=journal\nStandardError=journal\n"

EXTRA = "/etc/relabel-extra.d"

steps = []
_kmsg = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
_DENIED = re.compile(r"avc: +denied +\{ ([^}]+) \}.* comm=\"([^\"]*)\".* scontext=\w+:\w+:(\w+)\S* "
                     r"tcontext=\w+:\w+:(\w+)\S* tclass=(\w+)")


def step(function):
    steps.append(function)
    return function


def denied():
    """What our domains were denied since the last time: {(domain, class, permission, type)}"""
    result = set()
    while True:
        try:
            found = _DENIED.search(os.read(_kmsg, 8192).decode(errors="backslashreplace"))
        except BlockingIOError:
            return result
        except BrokenPipeError:
            raise Failed("messages of the kernel were lost") from None
        if found:
            permissions, program, domain, kind, tclass = found.groups()
            if domain in ("setfiles_t", "restorecond_t") or program.startswith("relabel-onboot"):
                result.update((domain, tclass, p, kind) for p in permissions.split())


def enforce(on):
    write("/sys/fs/selinux/enforce", "1" if on else "0")


def set_booleans(**values):
    for name, value in values.items():
        write(BOOLEAN % name, str(value))
    write("/sys/fs/selinux/commit_pending_bools", "1")


def admin(*argv, status=0):
    """From a shell, for an administrator's domain cannot be entered by each program."""
    return sh("runcon", ADMIN, "sh", "-c", '"$0" "$@"', *argv, status=status)


def unit(*argv, status=0):
    """What it says to the journal."""
    write("/run/systemd/system/vm-ask.service", "[Service]\nType=oneshot\nExecStart=%s\nSuccessExitStatus=%d\n" % (
        " ".join(argv), status))
    sh("systemctl", "daemon-reload")
    sh("systemctl", "start", "vm-ask")
    return sh("journalctl", "-q", "--no-pager", "-u", "vm-ask")


def in_words(rules):
    return "".join("\n     %s: %s { %s } of %s" % (d, c, p, t) for d, c, p, t in sorted(rules))


# ---- what our programs do ----------------------------------------------------------------------


def status(must):
    return 0 if must else None


def tree(top):
    os.makedirs(top + "/a/b", exist_ok=True)
    touch(*["%s/a/f%d" % (top, i) for i in range(300)])
    for path in rig.below(top):
        spoil(path)


def right(top, what):
    bad = [b for b in types_but(top, WEB) if "lost+found" not in b[0]]
    check(not bad, "%s: %s" % (what, bad[:3]))


def trees(_):
    top = fresh("/var/www/tree")
    for io in "uring", "auto":
        tree(top)
        sh(ours["restorecon"], "-R", "--io=" + io, top)
        right(top, "by --io=" + io)


def compiled_rules(must):
    """They are written by one program and read by another."""
    for _ in range(2):
        sh(dirs["bindir"] + "/relabel", "compile", "--cache", status=status(must))
    if must:
        same(sorted({label(p) for p in rig.below("/var/cache/relabel")}), ["relabel_cache_t"], "the cache")
    trees(must)


def at_boot(must):
    """By the unit, as the generator decides."""
    spoil("/usr/bin/ls", "tmp_t")
    os.makedirs(EXTRA, exist_ok=True)
    write(EXTRA + "/vm.relabel", "/srv\n")
    sh(theirs["restorecon"], "-R", EXTRA)
    sh(ours["fixfiles"], "-F", "onboot", status=status(must))
    if not os.path.exists("/.autorelabel"):
        touch("/.autorelabel")
        sh(theirs["restorecon"], "/.autorelabel")
    os.makedirs(os.path.dirname(DROP_IN), exist_ok=True)
    write(DROP_IN, UNIT)
    link = "/run/systemd/generator.early/default.target"
    sh("systemctl", "daemon-reload")
    check(os.path.lexists(link), "the generator does not choose another target")
    sh("systemctl", "start", "relabel-onboot.service", status=status(must))
    if must:
        same(label("/usr/bin/ls"), "bin_t", "a label after relabelling at boot")
    for path in "/.autorelabel", "/.relabel-onboot", EXTRA + "/vm.relabel":
        check(not must or not os.path.exists(path), path + " is still there")
        if os.path.exists(path):
            os.unlink(path)
    sh("systemctl", "daemon-reload")
    check(not os.path.lexists(link), "the generator still chooses another target")


def at_once(must):
    """Labels of a whole file system; a part of them is wrong."""
    for kind, disk in ("ext4", SCRATCH[0]), ("btrfs", SCRATCH[1]):
        if shutil.which("mkfs." + kind):
            top = fresh("/var/www/" + kind)
            sh("mkfs." + kind, "-q", "-F" if kind == "ext4" else "-f", disk)
            sh("mount", disk, top)
            later(sh, "umount", top)
            tree(top)
            sh(ours["restorecon"], "-R", top)
            spoil(top + "/a/f7")
            sh(ours["restorecon"], "-R", "--bulk=only", top, status=status(must))
            if must:
                right(top, "read at once from " + kind)


def below_mounts(must):
    top = fresh("/srv/below")
    touch(top + "/file")
    spoil(top + "/file")
    sh("mount", "-t", "tmpfs", "none", top)
    later(sh, "umount", top)
    sh(ours["fixfiles"], "-M", "restore", status=status(must))
    sh("umount", top)
    have = label(top + "/file")
    sh("mount", "-t", "tmpfs", "none", top)
    if must:
        same(have, wanted(top + "/file").split(":")[2], "what lies below a mount")


def logs_in():
    """One user by utmp, and one by logind."""
    record = struct.pack("<hxxi32s4s32s", 7, os.getpid(), b"tty1", b"1", b"user").ljust(384, b"\0")
    with open("/run/utmp", "wb") as f:
        f.write(record)
    sh(theirs["restorecon"], "-F", "/run/utmp")
    later(os.unlink, "/run/utmp")


def comes(path, it):
    """A file with a wrong label is moved there, and gets the right one."""
    out, want = os.path.dirname(path) + ".out", wanted(path).split(":")[2]
    touch(out)
    spoil(out)
    os.rename(out, path)
    rig.wait(lambda: label(path) == want, "a label for %s: %s" % (path, it.said()))


def daemon(must, back_end="inotify"):
    d = fresh("/var/www/d")
    page = fresh("/home/user/public_html") + "/page"
    os.chown(os.path.dirname(page), 1000, 1000)
    logs_in()
    it = Daemon(d + "/**", "~/public_html/**", options=("--verbose", "--back-end", back_end))
    same(it.proc("attr/current"), "system_u:system_r:restorecond_t:s0", "its domain")
    comes(d + "/file", it)
    for run in sh, admin:
        said = run(ours["restored"], "--status", status=status(must))
        check(d in said or not must, said)
    if must:
        comes(page, it)
        check(back_end == "inotify" or it.status()["entries"][0]["back_end"] == back_end, it.said())
    it.end()


def marks(must):
    daemon(must, "fanotify")


EVERYTHING = (trees, compiled_rules, at_boot, at_once, below_mounts, daemon, marks)
WITHOUT_BOOLEANS = (trees, compiled_rules, at_boot, daemon)


def do(things, must):
    """`must`: everything is possible; otherwise no file may keep its wrong label, and that is all."""
    shutil.rmtree("/var/cache/relabel", True)  # its type comes and goes with the modules
    denied()
    for thing in things:
        begin = time.monotonic()
        thing(must)
        rig.tidy(False)
        print("     %-40s %5.1f s" % (thing.__name__, time.monotonic() - begin), flush=True)
    return denied()


# ---- the steps ---------------------------------------------------------------------------------


@step
def the_programs_have_the_labels_of_the_modules():
    """By the image's policy, in which the modules are."""
    for path, kind in PROGRAMS.items():
        if os.path.islink(path):
            continue
        same(label(path), kind, path)
        same(wanted(path).split(":")[2], kind, "rule for " + path)


@step
def each_rule_is_needed():
    """With a policy that has the modules without their rules, and hides nothing, what they name is denied;
    capabilities where the kernel enforces, for otherwise only their first use is told, and that may be one
    that is not meant to be."""
    rules = set().union(*(cil.rules(cil.parse(read(path))) for path in MODULES))
    load_policy(BARE)
    seen = do(EVERYTHING, True)
    enforce(True)
    seen |= do((at_boot, at_once, below_mounts, marks), False)
    idle = {rule for rule in rules - NOT_HERE if not any(
        d[:3] == rule[:3] and (d[3] == rule[3] or rule[3] in ATTRIBUTES) for d in seen)}
    check(not idle, "never asked for:" + in_words(idle))
    print("     all of %d permissions" % len(rules - NOT_HERE))


@step
def debians_policy_alone():
    """Everything is labelled; what is denied is nothing but what the modules would allow."""
    shutil.rmtree(POLICY)
    shutil.copytree(STOCK, POLICY)
    rig.install()
    sh("load_policy")
    check(not os.path.exists(BOOLEAN % BOOLEANS[0]), "the modules are still there")
    named = {rule[:3] for path in MODULES for rule in cil.rules(cil.parse(read(path)))}
    enforce(True)
    seen = do(WITHOUT_BOOLEANS, False)
    print("     denied:" + in_words(seen))
    check(seen and not [d for d in seen if d[:3] not in named], "more is denied than the modules allow")


@step
def semodule_installs_them():
    """By an administrator, and with our setfiles in the place of the one that semodule asks."""
    write(rig.LOCAL_RULES, "")
    sh("mount", "--bind", ours["setfiles"], theirs["setfiles"])
    later(sh, "umount", theirs["setfiles"])
    enforce(True)
    admin("semodule", "-i", *MODULES)
    for boolean in BOOLEANS:
        same(read(BOOLEAN % boolean).split()[0], "0", boolean)
    admin(theirs["restorecon"], "-RF", dirs["prefix"], "/var/cache", "/etc/selinux")
    the_programs_have_the_labels_of_the_modules()


@step
def nothing_is_denied_with_them():
    enforce(True)
    seen = do(WITHOUT_BOOLEANS, True)
    check(not seen, "denied:" + in_words(seen))
    wrong = sh(theirs["restorecon"], "-Rnv", dirs["prefix"], "/etc/selinux", "/var/cache", "/run/restored.lock")
    same(wrong, "", "labels that are not those of the rules")


@step
def they_get_into_setfiles_domain():
    """From an administrator's shell and from systemd: the path that cannot be found is the context."""
    enforce(True)
    asked = (ours["restorecon"], "-n", "-f", "/proc/self/attr/current")
    for run in admin, unit:
        said = run(*asked, status=255)
        check(":setfiles_t:" in said, "%s: %s" % (run.__name__, said))


@step
def nothing_is_denied_with_the_booleans():
    enforce(True)
    admin("setsebool", *["%s=1" % b for b in BOOLEANS])
    seen = do(EVERYTHING, True)
    admin("setsebool", *["%s=0" % b for b in BOOLEANS])
    check(not seen, "denied:" + in_words(seen))


@step
def semodule_removes_them():
    enforce(True)
    admin("semodule", "-r", "relabel", "restored")
    check(not os.path.exists(BOOLEAN % BOOLEANS[0]), "there is still a boolean")
    rules = "/contexts/files/file_contexts"
    same(read(POLICY + rules), read(STOCK + rules), "the file contexts that are left")
    do(WITHOUT_BOOLEANS, False)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    sums = {True: 0, False: 0}
    rig.write("/proc/sys/kernel/printk_ratelimit", "0")
    sh("ldconfig")
    sh(theirs["restorecon"], "-RF", "/etc/selinux", "/var/lib/selinux", "/usr", "/test")
    sh("systemctl", "daemon-reload")
    set_booleans(allow_mount_anyfile=1)  # for `mount`, here
    for function in steps:
        if rig.chosen and function.__name__ not in rig.chosen:
            continue
        begin = time.monotonic()
        why = ""
        try:
            function()
        except (Failed, OSError, subprocess.SubprocessError):
            why = "  " + traceback.format_exc()
        enforce(False)
        sums[not why] += 1
        print("%-4s %-50s %5.1f s%s" % ("FAIL" if why else "ok", function.__name__,
                                        time.monotonic() - begin, why), flush=True)
        rig.tidy(False)
    print("%d passed, %d failed, 0 skipped" % (sums[True], sums[False]), flush=True)
