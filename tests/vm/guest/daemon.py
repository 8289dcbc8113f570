# SPDX-License-Identifier: LGPL-2.1-or-later
"""daemon: restored as its unit starts it, beside restorecond where that has a rival's answer."""
import functools
import json
import os
import socket
import struct

import rig
from rig import (CONFIG, STOCK_POLICY, Daemon, Failed, Skip, check, context, enforcing, excuse_denials,
                 fresh, label, labelled, later, load_policy, local_rules, ours, replace, same, sh, spoil,
                 touch, types_but, wait, wanted, watching, write)

case = functools.partial(rig.case, domains=("restorecond_t",))
WEB = "httpd_sys_content_t"  # what the policy wants below /var/www
FEW = "CapabilityBoundingSet=\nCapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_FOWNER\n"


def put(directory, name, kind="tmp_t"):
    """A file with a label of its own comes into the directory."""
    out = os.path.join("/var/www", "out." + name)
    touch(out)
    spoil(out, kind)
    os.rename(out, os.path.join(directory, name))
    return os.path.join(directory, name)


def becomes(path, kind, daemon):
    try:
        wait(lambda: label(path) == kind, path)
    except Failed:
        labelled(label(path), kind, path + "\n" + daemon.said())


# ---- how it starts -----------------------------------------------------------------------------


@case(labels=False)
def the_unit_starts_it_in_its_domain():
    fresh("/var/www/d")
    d = Daemon("/var/www/d/*")
    same(d.proc("attr/current"), "system_u:system_r:restorecond_t:s0", "its domain")
    status = d.proc("status")
    check("NoNewPrivs:\t1\n" in status, "no_new_privs")
    check("Seccomp:\t2\n" in status, "system call filter")
    sets = {line.split()[0]: int(line.split()[1], 16) for line in status.splitlines()
            if line.startswith(("CapPrm:", "CapBnd:", "CapAmb:"))}
    wide = 1 << 2 | 1 << 3 | 1 << 21  # DAC_READ_SEARCH, FOWNER, SYS_ADMIN
    check(not sets["CapBnd:"] & ~wide and not sets["CapPrm:"] & ~wide and not sets["CapAmb:"],
          "capabilities %s" % sets)
    same([r for r in d.journal() if int(r["PRIORITY"]) < 6], [], "warnings")
    d.end()
    same(sh("systemctl", "show", "-P", "Result", "restored").strip(), "success", "how it ended")
    check(not os.path.exists("/run/restored.sock"), "its socket is left")


@case(labels=True)
def the_unit_as_it_is_and_the_default_config():
    """Without a drop-in, with the entries that are installed."""
    daemon = Daemon(installed=True)
    touch("/etc/new")
    spoil("/etc/new", "tmp_t")
    os.rename("/etc/new", "/etc/resolv.conf")
    becomes("/etc/resolv.conf", "net_conf_t", daemon)


@case(labels=True)
def two_capabilities_are_enough_for_inotify():
    d = fresh("/var/www/d")
    os.chmod(d, 0o700)
    os.chown(d, 1000, 1000)
    daemon = Daemon(d + "/*", options=("--back-end", "inotify"), unit=FEW)
    same(int(daemon.proc("status").split("CapPrm:")[1].split()[0], 16), 1 << 2 | 1 << 3,
         "capabilities")
    path = put(d, "file")
    os.chown(path, 1000, 1000)
    os.chmod(path, 0)
    becomes(path, WEB, daemon)


# ---- what it labels ----------------------------------------------------------------------------


@case(labels=True, rival=True)
def all_kinds_are_labelled():
    d, out = fresh("/var/www/d"), fresh("/var/www/out")
    daemon = watching(d + "/*")
    touch(out + "/file")
    os.mkdir(out + "/dir")
    os.symlink("/etc/passwd", out + "/link")
    os.mkfifo(out + "/fifo")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(out + "/sock")
    names = ("file", "dir", "link", "fifo", "sock")
    for name in names:
        spoil(out + "/" + name, "tmp_t")
        os.rename(out + "/" + name, d + "/" + name)
    for name in names:
        becomes(d + "/" + name, wanted(d + "/" + name).split(":")[2], daemon)
    check(label("/etc/passwd") != WEB, "a link was followed")


@case(labels=True, rival=True)
def trees_are_labelled():
    d = fresh("/var/www/tree")
    out = fresh("/var/www/out")
    daemon = watching(d + "/**")
    os.makedirs(out + "/a/b/c")
    touch(out + "/a/b/c/file")
    for path in (out + "/a/b/c/file", out + "/a/b/c", out + "/a/b", out + "/a"):
        spoil(path, "tmp_t")
    os.rename(out + "/a", d + "/a")
    becomes(d + "/a/b/c/file", WEB, daemon)
    wait(lambda: not types_but(d + "/a", WEB), "all that was moved in")
    becomes(put(d + "/a/b/c", "later"), WEB, daemon)


@case(labels=True, rival=True)
def what_is_there_at_the_start():
    d = fresh("/var/www/d")
    touch(d + "/before")
    spoil(d + "/before", "tmp_t")
    daemon = watching(d + "/*")
    becomes(d + "/before", WEB, daemon)


@case(labels=True, rival=True)
def user_and_range_are_kept():
    d = fresh("/var/www/d")
    daemon = watching(d + "/*")
    touch("/var/www/out")
    spoil("/var/www/out", "tmp_t", "staff_u", "object_r", "s0:c3,c7")
    os.rename("/var/www/out", d + "/file")
    becomes(d + "/file", WEB, daemon)
    same(context(d + "/file"), "staff_u:object_r:%s:s0:c3,c7" % WEB, "the whole context")


@case(labels=True)
def a_user_who_logs_in():
    home = "/home/user"
    fresh(home + "/public_html")
    os.chown(home + "/public_html", 1000, 1000)
    daemon = Daemon("~/public_html/**")
    path = home + "/public_html/page"
    touch(path)
    spoil(path, "tmp_t")
    # struct utmp: type USER_PROCESS, process, line, id, user
    record = struct.pack("<hxxi32s4s32s", 7, os.getpid(), b"tty1", b"1", b"user").ljust(384, b"\0")
    with open("/run/utmp", "wb") as f:
        f.write(record)
    later(os.unlink, "/run/utmp")
    becomes(path, wanted(path).split(":")[2], daemon)
    touch(home + "/public_html/more")
    becomes(home + "/public_html/more", wanted(path).split(":")[2], daemon)


# ---- what it leaves alone ----------------------------------------------------------------------


@case(labels=True, rival=True)
def customizable_types_are_left():
    d = fresh("/var/www/d")
    daemon = watching(d + "/*")
    custom = put(d, "custom", "public_content_t")
    becomes(put(d, "plain"), WEB, daemon)
    same(label(custom), "public_content_t", "a customizable type")


@case(labels=True, rival=True)
def links_lead_nowhere():
    d, secret = fresh("/var/www/d"), fresh("/srv/secret")
    touch(secret + "/key")
    for path in (secret, secret + "/key"):
        spoil(path, "tmp_t")
    daemon = watching(d + "/**")
    os.symlink(secret, d + "/dir")
    os.symlink(secret + "/key", d + "/file")
    os.link(secret + "/key", d + "/hard")
    becomes(put(d, "plain"), WEB, daemon)
    touch(secret + "/new")
    spoil(secret + "/new", "tmp_t")
    becomes(put(d, "after"), WEB, daemon)
    same([label(secret + n) for n in ("", "/key", "/new")], ["tmp_t"] * 3, "what links lead to")
    check("several names" in daemon.said(), "hard links are said: " + daemon.said())


@case(labels=True, rival=True)
def mounts_with_one_context_are_left():
    d = fresh("/var/www/tree")
    os.mkdir(d + "/fixed")
    sh("mount", "-t", "tmpfs", "-o", "context=system_u:object_r:dosfs_t:s0", "none", d + "/fixed")
    later(sh, "umount", d + "/fixed")
    daemon = watching(d + "/**")
    touch(d + "/fixed/file")
    becomes(put(d, "plain"), WEB, daemon)
    same(label(d + "/fixed/file"), "dosfs_t", "on a mount with context=")
    check("Not relabeled" not in daemon.said(), daemon.said())


# ---- what the kernel does not want --------------------------------------------------------------


@case(labels=True)
def a_context_the_kernel_refuses_is_logged():
    d = fresh("/var/www/d")
    local_rules("/var/www/d/bad -- system_u:object_r:no_such_type_t:s0")
    daemon = Daemon(d + "/*")
    bad = put(d, "bad")
    becomes(put(d, "good"), WEB, daemon)
    same(label(bad), "tmp_t", "a file whose rule is no context")
    lines = [r for r in daemon.journal() if r.get("RELABEL_PATH") == bad]
    check(lines and "Invalid argument" in lines[0]["MESSAGE"], "not logged: " + daemon.said())
    check(int(lines[0]["PRIORITY"]) <= 4, "as if it were nothing")


@case(labels=True)
def a_type_it_may_not_set():
    """restorecond_t may not touch shadow_t; it is said, and does not stop it."""
    if not enforcing:
        raise Skip("nothing is denied")
    excuse_denials()
    d = fresh("/var/www/d")
    local_rules("/var/www/d/bad -- system_u:object_r:shadow_t:s0")
    daemon = Daemon(d + "/*")
    bad = put(d, "bad")
    becomes(put(d, "good"), WEB, daemon)
    same(label(bad), "tmp_t", "a file whose rule is shadow_t")
    check("Not relabeled %s: Permission denied" % bad in daemon.said(), daemon.said())


# ---- changes -----------------------------------------------------------------------------------


@case(labels=True, rival=True)
def a_new_policy_is_noticed():
    d = fresh("/var/www/d")
    daemon = watching(d + "/*")
    path = put(d, "file")
    becomes(path, WEB, daemon)
    spoil(path, "tmp_t")  # which it is not told of
    before = daemon.count("reloads") if rig.whose == "ours" else 0
    load_policy()
    becomes(path, WEB, daemon)
    check(daemon.count("reloads") > before, "not counted")
    check("rules read again" in daemon.said(), daemon.said())


@case(labels=True, rival=True)
def new_rules_are_noticed():
    d = fresh("/var/www/d")
    daemon = watching(d + "/*")
    path = put(d, "file")
    becomes(path, WEB, daemon)
    local_rules("/var/www/d(/.*)? system_u:object_r:public_content_rw_t:s0")
    becomes(path, "public_content_rw_t", daemon)


@case(labels=True)
def the_config_is_read_again():
    d, other = fresh("/var/www/d"), fresh("/var/www/other")
    daemon = Daemon(d + "/*")
    replace(CONFIG, other + "/*\n")
    wait(lambda: "config read again" in daemon.said(), "the config is noticed")
    becomes(put(other, "file"), WEB, daemon)
    spoil(other + "/file", "tmp_t")
    sh("systemctl", "reload", "restored")
    becomes(other + "/file", WEB, daemon)


# ---- what it tells -----------------------------------------------------------------------------


@case(labels=True)
def status_and_journal():
    d = fresh("/var/www/d")
    daemon = Daemon(d + "/*")
    path = put(d, "a\nb")
    becomes(path, WEB, daemon)
    # from its own domain, into which initrc_t goes, and from an administrator's
    for prefix in ((), ("runcon", "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023")):
        told = json.loads(sh(*prefix, "sh", "-c", ours["restored"] + " --status --json"))
        same(told["selinux_enabled"], True, "selinux_enabled")
    check("/var/www/d/*" in sh(ours["restored"], "--status"), "the text has no entry")
    check(daemon.count("relabelled") >= 1, "the count")
    mine = [r for r in daemon.journal() if r.get("RELABEL_TO", "").endswith(WEB + ":s0")]
    check(mine, "not in the journal: " + daemon.said())
    same(mine[0]["RELABEL_PATH_HEX"], path.encode().hex(), "the name's bytes")
    same(mine[0]["RELABEL_FROM"].split(":")[2], "tmp_t", "RELABEL_FROM")
    same(mine[0]["_SELINUX_CONTEXT"].split(":")[2].rstrip("\n"), "restorecond_t", "who says so")


# ---- without our policy module ------------------------------------------------------------------


@case(labels=True)
def debians_policy_without_our_module():
    """It labels, notices policies, and says what it cannot do."""
    excuse_denials()
    load_policy(STOCK_POLICY)
    later(load_policy)
    d = fresh("/var/www/d")
    daemon = Daemon(d + "/**")
    path = put(d, "file")
    becomes(path, WEB, daemon)
    if enforcing:
        for line in ("/run/restored.sock: Permission denied",
                     "the policy does not let privileges be dropped"):
            check(line in daemon.said(), daemon.said())
    spoil(path, "tmp_t")
    load_policy(STOCK_POLICY)
    becomes(path, WEB, daemon)


@case(labels=True)
def marks_on_whole_file_systems():
    """Our module's boolean gives the right to them."""
    d = fresh("/var/www/tree")
    write("/sys/fs/selinux/booleans/restored_fanotify", "1")
    write("/sys/fs/selinux/commit_pending_bools", "1")
    later(write, "/sys/fs/selinux/commit_pending_bools", "1")
    later(write, "/sys/fs/selinux/booleans/restored_fanotify", "0")
    daemon = Daemon(d + "/**", options=("--back-end", "fanotify"))
    os.makedirs(d + "/a/b")
    becomes(put(d + "/a/b", "file"), WEB, daemon)
    same(daemon.status()["entries"][0]["back_end"], "fanotify", "the back end: " + daemon.said())
