# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon as a service: config, rules and logins that change; started, killed, alone."""
import os
import shutil
import signal
import struct
import subprocess
import threading
import time

from rig import WANT, check, label, touch, unlabelled, wait
from runner import case, patient

USER_PROCESS, DEAD_PROCESS = 7, 8  # of utmp


# ---- reloading ---------------------------------------------------------------------------------


@case
def the_config_changes(r):
    for name in "abcde":
        r.mkdir(name)
    r.start("@/a/*")
    with open(r.config_file, "a") as f:
        f.write(r.config("@/b/*"))
    touch(r.path("b/f"))
    wait(lambda: label(r.path("b/f")) == WANT, "added in place")
    for times in range(3):
        r.replace(r.config_file, r.config("@/b/*", "@/c/*"))
        touch(r.path("c/%d" % times))
        wait(lambda: label(r.path("c/%d" % times)) == WANT, "replaced by rename")
        r.replace(r.config_file, r.config("@/a/*"))
        touch(r.path("a/%d" % times))
        wait(lambda: label(r.path("a/%d" % times)) == WANT, "and again")
    touch(r.path("b/not"))
    r.replace(r.config_file, r.config("@/d/*", "oops"))
    wait(lambda: "restored.conf:2: not an absolute path" in r.said(), "the error is told")
    wait(lambda: "stays in force" in r.said(), "the old config is kept")
    touch(r.path("a/still"))
    touch(r.path("d/not"))
    wait(lambda: label(r.path("a/still")) == WANT, "the old one is in force")
    check(label(r.path("d/not")) is None and label(r.path("b/not")) is None, "not in force")
    os.unlink(r.config_file)
    r.send(signal.SIGHUP)
    wait(lambda: "there is no config" in r.said(), "a config that is gone")
    touch(r.path("a/yet"))
    wait(lambda: label(r.path("a/yet")) == WANT, "without a config it goes on")
    r.replace(r.config_file, r.config("@/e/*"))
    touch(r.path("e/f"))
    wait(lambda: label(r.path("e/f")) == WANT, "a config that is back")


@case
def exclusions_change(r):
    r.mkdir("t/x/y")
    r.start("@/t/**", "!@/t/x/**")
    touch(r.path("t/x/y/f"))
    touch(r.path("t/f"))
    wait(lambda: label(r.path("t/f")) == WANT, "not excluded")
    check(label(r.path("t/x/y/f")) is None, "excluded")
    r.replace(r.config_file, r.config("@/t/**"))
    wait(lambda: label(r.path("t/x/y/f")) == WANT, "not excluded any more")
    r.replace(r.config_file, r.config("@/t/**", "!@/t/x/**"))
    wait(lambda: r.said().count("config read again") == 2, "excluded again")
    touch(r.path("t/x/y/g"))
    touch(r.path("t/g"))
    wait(lambda: label(r.path("t/g")) == WANT, "the rest")
    check(label(r.path("t/x/y/g")) is None, "excluded again")


@case
def what_stays_in_the_config_is_not_looked_at(r):
    """Somebody who logs in and out must not have all others' directories read as often; the same
    goes for a config that is changed."""
    for i in range(40):
        r.mkdir("t/%d/sub" % i)
        r.mkdir("u/%d/sub" % i)
    touch(r.path("t/7/sub/f"))
    here = "@/t/**", "@/u/*/sub/*"
    r.start(*here)
    wait(lambda: not unlabelled(r.path("t")), "the first look")
    wait(lambda: r.count("scans") >= 80, "all of it")

    def change(*entries):
        """How many directories are read for it."""
        before, reloads = r.count("scans"), r.count("reloads")
        r.replace(r.config_file, r.config(*here, *entries))
        wait(lambda: r.count("reloads") > reloads, "it is read")
        touch(r.path("t/mark"))
        wait(lambda: label(r.path("t/mark")) == WANT, "it goes on")
        os.unlink(r.path("t/mark"))
        return r.count("scans") - before

    scans = change("!@/t/7/**", "!@/u/3*/**", "!@/t/*.tmp")
    check(scans == 0, "exclusions that came: %d were read" % scans)
    for name in "t/7/sub/g", "t/8/sub/g", "t/8/sub/x.tmp", "t/x.tmp", "u/33/sub/g", "u/4/sub/g":
        touch(r.path(name))
    for name in "t/8/sub/g", "t/8/sub/x.tmp", "u/4/sub/g":
        wait(lambda: label(r.path(name)) == WANT, "what is not hidden: " + name)
    for name in "t/7/sub/g", "t/x.tmp", "u/33/sub/g":
        check(label(r.path(name)) is None, "what is excluded was labelled: " + name)
    scans = change("!@/u/3*/**", "!@/t/*.tmp", "@/v/*")
    check(scans <= 4, "an exclusion that went, an entry that came: %d were read" % scans)
    wait(lambda: label(r.path("t/7/sub/g")) == WANT, "no longer hidden")
    touch(r.mkdir("v") + "/f")
    wait(lambda: label(r.path("v/f")) == WANT, "the new entry")
    change()
    wait(lambda: label(r.path("u/33/sub/g")) == label(r.path("t/x.tmp")) == WANT, "nothing is hidden")
    touch(r.path("v/not"))
    touch(r.path("u/33/sub/h"))
    wait(lambda: label(r.path("u/33/sub/h")) == WANT, "and watched")
    check(label(r.path("v/not")) is None, "an entry that went")


@patient
def the_rules_change(r):
    d, t = r.mkdir("d"), r.mkdir("t/u/v")
    touch(d + "/f")
    touch(t + "/f")
    r.start("@/d/*", "@/t/**")
    wait(lambda: label(d + "/f") == label(t + "/f") == WANT, "before")
    for kind in "one_t", "two_t":
        want = "system_u:object_r:%s:s0" % kind
        r.write_rules(kind)
        wait(lambda: label(d + "/f") == label(t + "/f") == want, "all is looked at again")
    with open(r.rules, "a") as f:
        f.write("%s/d/f\t--\tsystem_u:object_r:three_t:s0\n" % r.top)
    wait(lambda: label(d + "/f") == "system_u:object_r:three_t:s0", "changed in place")
    r.write_rules("four_t", "only_one_word\n")
    wait(lambda: "those before stay in force" in r.said(), "broken rules are not used")
    touch(d + "/g")
    wait(lambda: label(d + "/g") == "system_u:object_r:two_t:s0", "those before are")
    r.write_rules("five_t")
    wait(lambda: not unlabelled(d, "system_u:object_r:five_t:s0"), "and whole again")
    with open(r.rules + ".local", "w") as f:
        f.write("%s/d/g\tsystem_u:object_r:six_t:s0\n" % r.top)
    wait(lambda: label(d + "/g") == "system_u:object_r:six_t:s0", "a companion that is new")


# ---- who logs in -------------------------------------------------------------------------------


def private_run(r, account):
    """A /run and an account database of our own, for us and the daemon we start: the mounts are ours."""
    passwd = r.scratch + "/passwd"
    shutil.copy("/etc/passwd", passwd)
    with open(passwd, "a") as f:
        f.write(account + "\n")
    for argv in (["-t", "tmpfs", "none", "/run"], ["--bind", passwd, "/etc/passwd"]):
        subprocess.run(["mount", *argv], check=True)
    os.makedirs("/run/systemd/users")


def utmp_record(kind, user):
    return struct.pack("=hxxi32s4s32s256shhiii16s20s", kind, os.getpid(), b"pts/1", b"1",
                       user.encode(), b"", 0, 0, 0, 0, 0, b"", b"")


@patient
def users_log_in_and_out(r):
    """Told by logind, and, where that knows of nobody, by utmp."""
    www = r.mkdir("home/ann/www")
    d = r.mkdir("d")
    os.chown(r.path("home/ann"), 4711, 4711)
    private_run(r, "ann:x:4711:4711::%s:/bin/sh" % r.path("home/ann"))
    r.start("~/www/*", "@/d/*")

    def nobody_is_here(when):
        touch(www + "/" + when)
        touch(d + "/" + when)
        wait(lambda: label(d + "/" + when) == WANT, "others " + when)
        check(label(www + "/" + when) is None, "nobody is here " + when)

    def ann_is_here(when):
        wait(lambda: not unlabelled(www), "what was there " + when)
        touch(www + "/" + when)
        wait(lambda: label(www + "/" + when) == WANT, when)

    nobody_is_here("before")
    for i in range(2):
        r.replace("/run/systemd/users/4711", "NAME=ann\nSTATE=active\n")
        ann_is_here("login %d" % i)
        os.unlink("/run/systemd/users/4711")
        wait(lambda: r.directories(0) == 0, "logged out")
        nobody_is_here("logout %d" % i)
    for i in range(2):
        with open("/run/utmp", "wb") as f:
            f.write(utmp_record(USER_PROCESS, "ann"))
        ann_is_here("utmp %d" % i)
        with open("/run/utmp", "r+b") as f:
            f.write(utmp_record(DEAD_PROCESS, ""))
        wait(lambda: r.directories(0) == 0, "logged out")
        nobody_is_here("utmp's end %d" % i)


# ---- life and death ----------------------------------------------------------------------------


@case
def killed_and_started_again(r):
    t = r.mkdir("t")
    r.start("@/t/**")
    stop = threading.Event()

    def busy():
        i = 0
        while not stop.is_set():
            os.makedirs(t + "/%d/x" % i)
            touch(t + "/%d/x/f" % i)
            i += 1
            time.sleep(0.001)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(3):
            before = len(r.relabelled())
            wait(lambda: len(r.relabelled()) > before + 100, "at work")
            r.kill()
            r.start()
    finally:
        stop.set()
        thread.join()
    wait(lambda: not unlabelled(t), "nothing is lost")


@case
def one_at_a_time(r):
    r.mkdir("d")
    r.start("@/d/*")
    p = subprocess.run([r.program, "-F", "--even-if-disabled", "--policy-root",
                        r.scratch + "/policy", "--run-dir", r.scratch + "/run", "-f",
                        r.config_file], capture_output=True, text=True, timeout=60)
    check(p.returncode == 1 and "another one is running" in p.stderr, "a second one: " + p.stderr)
    touch(r.path("d/f"))
    wait(lambda: label(r.path("d/f")) == WANT, "the first one is well")
    status = r.status()
    check(status, "its status")
    r.end()
    check(not os.path.exists(r.scratch + "/run/restored.sock"), "the socket is left behind")


@case
def ones_own_home(r):
    r.mkdir("home/.config")
    r.mkdir("home/www")
    r.replace(r.path("home/.config/restored.conf"), "~/www/*\n~/late/**\n")
    os.environ["HOME"] = r.path("home")
    os.environ.pop("XDG_CONFIG_HOME", None)
    r.start(options=("--user",), config=None)
    touch(r.path("home/www/f"))
    touch(r.mkdir("home/late/x") + "/f")
    wait(lambda: not unlabelled(r.path("home/www")) and not unlabelled(r.path("home/late")),
         "below one's home")
    r.replace(r.path("home/.config/restored.conf"), "~/other/*\n")
    touch(r.mkdir("home/other") + "/f")
    wait(lambda: label(r.path("home/other/f")) == WANT, "its config changes")


@case
def marks_are_had_for_what_needs_them(r):
    """fanotify takes a privilege: where no entry may need a mark it is given up."""
    r.mkdir("d")
    if r.back_end != "auto":
        return
    r.start("@/d/*", "!@/d/**")
    check(not list(r.fanotify()), "for names in one directory")
    r.replace(r.config_file, r.config("@/d/*", "@/t/**"))
    wait(lambda: "fanotify was given up" in r.said(), "it is said")
    touch(r.mkdir("t/u") + "/f")
    wait(lambda: label(r.path("t/u/f")) == WANT, "without it")
    r.end()
    r.start("@/t/**")
    check(list(r.fanotify()), "for a tree")


# ---- what cannot be read -----------------------------------------------------------------------


@patient
def what_cannot_be_read_is_left_alone(r):
    """And made anew, if that does not help."""
    deaf = r.preloads("DEAF")
    if not deaf:
        return
    d, t = r.mkdir("d"), r.mkdir("t/u")
    r.start("@/d/*", "@/t/**")
    touch(d + "/before")
    wait(lambda: label(d + "/before") == WANT, "before")
    touch(deaf)
    for path in d, t:
        touch(path + "/unheard")
    wait(lambda: "begun anew" in r.said(), "another one is made")
    tries = os.path.getsize(deaf)
    check(tries <= 20, "it was tried %d times" % tries)
    check(r.said().count("inotify: events cannot be read") == 1, "it is said once")
    os.unlink(deaf)
    wait(lambda: label(d + "/unheard") == label(t + "/unheard") == WANT, "nothing is lost")
    for path in d, t:
        touch(path + "/after")
        wait(lambda: label(path + "/after") == WANT, "and it goes on")


@patient
def changes_of_the_config_that_cannot_be_read(r):
    deaf = r.preloads("DEAF")
    if not deaf:
        return
    d, e = r.mkdir("d"), r.mkdir("e")
    r.start("@/d/*")
    touch(deaf)
    r.replace(r.config_file, r.config("@/d/*", "@/e/*"))
    wait(lambda: "config and rules are watched anew" in r.said(), "another one is made")
    tries = os.path.getsize(deaf)
    check(tries <= 30, "it was tried %d times" % tries)
    check(r.said().count("config and rules: events cannot be read") == 1, "it is said once")
    touch(e + "/f")
    os.unlink(deaf)
    wait(lambda: label(e + "/f") == WANT, "the new config is in force")
    touch(d + "/f")
    wait(lambda: label(d + "/f") == WANT, "the old entry, too")
    r.replace(r.config_file, r.config("@/d/*", "@/z/*"))
    touch(r.mkdir("z") + "/f")
    wait(lambda: label(r.path("z/f")) == WANT, "and it goes on")


@patient
def logins_that_cannot_be_read(r):
    deaf = r.preloads("DEAF")
    if not deaf:
        return
    www = r.mkdir("home/ann/www")
    os.chown(r.path("home/ann"), 4711, 4711)
    private_run(r, "ann:x:4711:4711::%s:/bin/sh" % r.path("home/ann"))
    r.start("~/www/*")
    touch(deaf)
    touch(www + "/f")
    r.replace("/run/systemd/users/4711", "NAME=ann\nSTATE=active\n")
    wait(lambda: "logins: events cannot be read" in r.said(), "it is said")
    tries = os.path.getsize(deaf)
    check(tries <= 30, "it was tried %d times" % tries)
    check(label(www + "/f") is None, "nobody is known to be here")
    os.unlink(deaf)
    wait(lambda: label(www + "/f") == WANT, "she is seen to be here")
    check(r.said().count("logins: events cannot be read") == 1, "it is said once")
