# SPDX-License-Identifier: LGPL-2.1-or-later
"""rig: what the cases in the guest share: labels, programs of ours and theirs, the daemons' units, the
kernel's denials.  The guest is thrown away, so nothing here is careful with it.

Elsewhere the modules can be imported to list the cases, and nothing more."""
import json
import os
import re
import shutil
import subprocess
import time

XATTR = "security.selinux"
LOCAL_RULES = "/etc/selinux/default/contexts/files/file_contexts.local"
CONFIG = "/etc/selinux/restored.conf"
STOCK_POLICY = "/usr/share/vm/policy"  # Debian's, without our module

GIVEN = "/test/run.json"
if os.path.exists(GIVEN):
    with open(GIVEN) as file:
        _given = json.load(file)
else:
    _given = {"mode": "list", "cases": [], "scratch": [""] * 3, "other": {},
              "dirs": {"prefix": "/usr", "sbindir": "/usr/sbin", "bindir": "/usr/bin"}}
mode, chosen, dirs = _given["mode"], _given["cases"], _given["dirs"]
SCRATCH = _given["scratch"]
OTHER = _given["other"]
enforcing = mode == "enforcing"
DEADLINE = 3 if mode == "nothing" else 60  # there nothing comes, however long one waits
ours = {name: "%s/%s" % (dirs["sbindir"], name)
        for name in ("setfiles", "restorecon", "fixfiles", "matchpathcon", "restored",
                     "sefcontext_compile", "restorecon_xattr")}
theirs = {name: "/usr/sbin/" + name for name in ("setfiles", "restorecon", "fixfiles", "matchpathcon",
                                                 "restorecon_xattr")}

cases = []
whose = "ours"  # whose daemon Daemon() starts
told = {}  # "ours", "theirs" -> [labels set, {exit statuses}] of the case that runs
_undo = []


class Failed(Exception):
    pass


class WrongLabel(Failed):
    """The kind of failure that programs which set no label have to cause."""


class Skip(Exception):
    pass


class Case:
    def __init__(self, function, labels, domains, rival):
        self.function, self.labels, self.domains, self.rival = function, labels, domains, rival
        self.name = function.__name__


def case(labels, domains=("setfiles_t",), rival=False):
    """`labels`: it must fail where nothing is labelled.  `domains`: it runs once in each (domains.py).
    `rival`: it runs a second time with Debian's restorecond, which may fail."""
    def add(function):
        cases.append(Case(function, labels, domains, rival))
        return function
    return add


def count(by, labels, status):
    """For the table: what a program of `by` did in this case."""
    sums = told.setdefault(by, [0, set()])
    sums[0] += labels
    sums[1].add(status)


def later(function, *args):
    """Undo something when the case has ended."""
    _undo.append((function, args))


def tidy(show):
    while _undo:
        function, args = _undo.pop()
        try:
            function(*args)
        except (OSError, subprocess.SubprocessError, Failed) as why:
            print("     (%s)" % why)
    if show:
        for line in denials_of("ours"):
            print("     " + line)


# ---- small things ------------------------------------------------------------------------------


def check(condition, what):
    if not condition:
        raise Failed(what)


def same(have, want, what):
    if have != want:
        raise Failed("%s: %r, not %r" % (what, have, want))


def wait(condition, what):
    end = time.monotonic() + (DEADLINE if whose == "ours" else 4)
    while not condition():
        if time.monotonic() > end:
            raise Failed("in vain: " + what)
        time.sleep(0.02)


def sh(*argv, status=0, text=None, env=None):
    """What it says to either stream; `status` None: whatever it ends with."""
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, input=text,
                       errors="backslashreplace", env=env, check=False)
    if status is not None and p.returncode != status:
        raise Failed("%s: status %d: %s" % (" ".join(argv[:6]), p.returncode, p.stdout[-1500:]))
    return p.stdout


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def replace(path, text):
    write(path + ".new", text)
    os.rename(path + ".new", path)


def touch(*paths):
    for path in paths:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))


def fresh(path):
    """An empty directory, removed after the case."""
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    later(shutil.rmtree, path, True)
    return path


# ---- labels ------------------------------------------------------------------------------------


def context(path):
    return os.getxattr(path, XATTR, follow_symlinks=False).rstrip(b"\0").decode()


def label(path):
    """The type; None where there is none to be had."""
    try:
        return context(path).split(":")[2]
    except OSError:
        return None


def spoil(path, kind="tmp_t", user="system_u", role="object_r", level="s0"):
    text = ":".join((user, role, kind, level))
    os.setxattr(path, XATTR, text.encode() + b"\0", follow_symlinks=False)


def below(top):
    """`top` and all below it."""
    yield top
    for root, folders, names in os.walk(top):
        for name in folders + names:
            yield os.path.join(root, name)


def contexts(top):
    """The path below `top` of each -> its context"""
    return {p[len(top):]: context(p) for p in below(top)}


def types_but(top, kind):
    return [(p, label(p)) for p in below(top) if label(p) != kind]


def wanted(path):
    """What Debian's matchpathcon says."""
    return sh(theirs["matchpathcon"], "-n", path).strip()


def labelled(have, want, what):
    if have != want:
        raise WrongLabel("%s: %r, not %r" % (what, have, want))


def local_rules(*lines):
    """Rules of the administrator beside our own, until the case has ended."""
    with open(LOCAL_RULES) as f:
        before = f.read()
    replace(LOCAL_RULES, before + "".join(line + "\n" for line in lines))
    later(replace, LOCAL_RULES, before)


def load_policy(path=None):
    """The system's, or the one in a file."""
    if not path:
        sh("load_policy")
        return
    with open(path, "rb") as f:
        policy = f.read()
    fd = os.open("/sys/fs/selinux/load", os.O_WRONLY)
    try:
        same(os.write(fd, policy), len(policy), "what the kernel took of the policy")
    finally:
        os.close(fd)


def enforce(whether):
    write("/sys/fs/selinux/enforce", "1" if whether else "0")


# ---- the kernel's denials ----------------------------------------------------------------------

_kmsg = None
_PATTERN = re.compile(r"avc: +denied +\{ ([^}]+) \}.* scontext=\w+:\w+:(\w+)\S* "
                      r"tcontext=\w+:\w+:(\w+)\S* tclass=(\w+)")
# of (domain, class, permission, type)
denied = {"theirs": set(), "ours": set(), "rival": set(), "wanted": set()}
_excused = False


def excuse_denials():
    """Those of the case that runs are what it is about."""
    global _excused  # pylint: disable=global-statement
    denials_of("ours")
    _excused = True
    later(end_of_excuse)


def end_of_excuse():
    global _excused  # pylint: disable=global-statement
    denials_of("wanted")
    _excused = False


def denials_of(whose):
    """Those since the last time are put down to `whose`.  -> the kernel's lines"""
    whose = "wanted" if _excused else whose
    lines = []
    while True:
        try:
            line = os.read(_kmsg, 8192).decode(errors="backslashreplace")
        except BlockingIOError:
            return lines
        except BrokenPipeError:  # the kernel's buffer went round
            raise Failed("messages of the kernel were lost") from None
        found = _PATTERN.search(line)
        if found:
            permissions, domain, kind, tclass = found.groups()
            denied[whose].update((domain, tclass, p, kind) for p in permissions.split())
            lines.append(line.split(";", 1)[1].strip())


# ---- the daemon's unit -------------------------------------------------------------------------


class Daemon:
    """restored.service, as systemd starts it; ended after the case."""

    DROP_IN = "/etc/systemd/system/restored.service.d/vm.conf"

    def __init__(self, *entries, options=("--verbose",), unit="", installed=False):
        """`installed`: the config that is installed, and no drop-in."""
        if installed:
            shutil.copy(dirs["prefix"] + "/share/relabel/contexts/restored.conf", CONFIG)
        else:
            replace(CONFIG, "".join(e + "\n" for e in entries))
        words = [ours["restored"], *options]
        if mode == "nothing":
            words.append("--dry-run")
        text = "[Service]\nExecStart=\nExecStart=%s\n%s" % (" ".join(words), unit)
        self.drop_in("" if installed and mode != "nothing" else text)
        self.begin = time.time_ns() // 1000
        later(self.end)
        p = subprocess.run(["systemctl", "start", "restored"], capture_output=True, text=True,
                           check=False)
        check(p.returncode == 0, "systemctl start: " + p.stderr + "\n" + self.said())

    def drop_in(self, text):
        before = None
        if os.path.exists(self.DROP_IN):
            with open(self.DROP_IN) as f:
                before = f.read()
        if text != before:
            os.makedirs(os.path.dirname(self.DROP_IN), exist_ok=True)
            write(self.DROP_IN, text)
            sh("systemctl", "daemon-reload")

    @staticmethod
    def pid():
        return int(sh("systemctl", "show", "-P", "MainPID", "restored"))

    @staticmethod
    def proc(name):
        with open("/proc/%d/%s" % (Daemon.pid(), name)) as f:
            return f.read().rstrip("\0\n")

    def journal(self, *matches):
        """Its records, as dictionaries."""
        text = sh("journalctl", "-q", "-o", "json", "--no-pager", "SYSLOG_IDENTIFIER=restored",
                  *matches, status=None)
        records = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [r for r in records if int(r["__REALTIME_TIMESTAMP"]) >= self.begin]

    @staticmethod
    def status():
        return json.loads(sh(ours["restored"], "--status", "--json"))

    def count(self, name):
        return self.status()["counts"][name]

    def said(self):
        return "\n".join(str(r.get("MESSAGE")) for r in self.journal())

    @staticmethod
    def end():
        subprocess.run(["systemctl", "stop", "restored"], check=False)
        subprocess.run(["systemctl", "reset-failed", "restored"], check=False,
                       stderr=subprocess.DEVNULL)


class Restorecond:
    """Debian's, as its unit starts it; trees, which it does not know, are directories for it."""

    PROGRAM = "/usr/sbin/restorecond"
    UNIT = "[Service]\nType=forking\nExecStart=%s\nPIDFile=/run/restorecond.pid\n" % PROGRAM

    def __init__(self, *entries):
        if not os.path.exists(self.PROGRAM):
            raise Skip("there is no restorecond")
        replace("/etc/selinux/restorecond.conf", "".join(e.replace("/**", "/*") + "\n" for e in entries))
        self.begin = time.time()
        unit = "/run/systemd/system/restorecond.service"
        if not os.path.exists(unit):
            write(unit, self.UNIT)
            sh("systemctl", "daemon-reload")
        later(self.end)
        sh("systemctl", "start", "restorecond")

    def said(self):
        return sh("journalctl", "-q", "-o", "cat", "--no-pager", "--since=@%d" % self.begin,
                  "SYSLOG_IDENTIFIER=restorecond", status=None)

    @staticmethod
    def end():
        sh("systemctl", "stop", "restorecond", status=None)
        sh("systemctl", "reset-failed", "restorecond", status=None)


def watching(*entries, **how):
    """The daemon whose turn it is."""
    return Daemon(*entries, **how) if whose == "ours" else Restorecond(*entries)


# ---- before the first case ---------------------------------------------------------------------


def install(*more):
    """Our programs get the labels of those they stand for, by Debian's restorecon; and by rules `more`."""
    sh("ldconfig")
    local = ["%s -- system_u:object_r:setfiles_exec_t:s0" % ours[name]
             for name in ("setfiles", "restorecon", "fixfiles")]
    local.append("%s/relabel -- system_u:object_r:setfiles_exec_t:s0" % dirs["bindir"])
    local.append("%s -- system_u:object_r:restorecond_exec_t:s0" % ours["restored"])
    # our module's rule for this name is for ours; theirs is a script, and setfiles_t may not run a shell
    local.append("%s -- system_u:object_r:bin_t:s0" % theirs["fixfiles"])
    write(LOCAL_RULES, "".join(line + "\n" for line in (*local, *more)))
    sh(theirs["restorecon"], "-RF", dirs["prefix"], theirs["fixfiles"], "/etc/selinux", "/test")
    sh("systemctl", "daemon-reload")


def set_nothing():
    """Programs that do all but label, in the place of ours."""
    real = dirs["sbindir"] + "/real"
    os.mkdir(real)
    for name in ("setfiles", "restorecon", "fixfiles"):
        os.rename(ours[name], real + "/" + name)
        write(ours[name], "#!/bin/sh\nexec %s/%s -n \"$@\"\n" % (real, name))
        os.chmod(ours[name], 0o755)
    write(ours["fixfiles"], "#!/bin/sh\ncase $* in *check*) exec %s/fixfiles \"$@\" ;; esac\n" % real)


def begin():
    global _kmsg  # pylint: disable=global-statement
    _kmsg = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    write("/proc/sys/kernel/printk_ratelimit", "0")
    if mode == "nothing":
        set_nothing()
    same(open("/sys/fs/selinux/enforce").read().strip(), "1" if enforcing else "0", "enforcing")
