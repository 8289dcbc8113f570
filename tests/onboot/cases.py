#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""cases.py RELABEL GENERATOR: relabelling at boot, with a root of its own for each case: which boots
relabel, and what `relabel onboot` leaves behind when it is done, fails, or was interrupted.  The
system's own programs are there read-only; systemctl is one that only writes down what it is asked.

Needs root, for mounting and for security.* attributes."""
import contextlib
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import Failed, check, label, own_mounts, skip

USR = "system_u:object_r:usr_t:s0"
ELSE = "system_u:object_r:else_t:s0"
CASES = []


def case(function):
    CASES.append(function)
    return function


def run(*argv, **kw):
    return subprocess.run(argv, check=True, capture_output=True, text=True, **kw)


class Root:
    """A tmpfs with a policy; /srv is another one.  What is mounted in it is gone with the process
    that made it, which has a mount namespace of its own."""

    def __init__(self, relabel, generator, path):
        self.relabel, self.generator, self.path = relabel, generator, path
        run("mount", "-t", "tmpfs", "-o", "mode=755", "none", path)
        for name in ("proc", "sys", "tmp", "usr/share/x", "srv", "early", "fake", "build", "lib64",
                     "etc/selinux/t/contexts/files"):
            os.makedirs(self.at(name))
        run("mount", "-t", "tmpfs", "none", self.at("srv"))
        self.write("etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=t\n")
        self.write("etc/selinux/t/contexts/files/file_contexts",
                   "/.*\t%s\n/usr(/.*)?\t%s\n/early(/.*)?\t<<none>>\n" % (ELSE, USR))
        self.write("usr/share/x/f", "")
        self.write("srv/f", "")
        self.write("fake/systemctl", "#!/bin/sh\necho \"$*\" >>/asked\n", 0o755)

    def at(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text, mode=0o644):
        with open(self.at(name), "w") as f:
            f.write(text)
        os.chmod(self.at(name), mode)

    def read(self, name):
        try:
            with open(self.at(name)) as f:
                return f.read()
        except FileNotFoundError:
            return None

    def label(self, name):
        return label(self.at(name))

    def onboot(self, *options, status=0):
        p = subprocess.run([self.relabel, "onboot", "--root", self.path, *options],
                           capture_output=True, text=True, stdin=subprocess.DEVNULL)
        check(p.returncode == status, "status %d: %s%s" % (p.returncode, p.stdout, p.stderr))
        return p.stdout + p.stderr

    def bring(self, name, below=""):
        """A program, and what it is linked with."""
        real = os.path.realpath(name)
        needed = [word for line in run("ldd", real).stdout.split("\n") for word in line.split()
                  if word.startswith("/")]
        for path in [name, *needed]:
            os.makedirs(os.path.dirname(self.at(below + path[1:])), exist_ok=True)
            shutil.copy(os.path.realpath(path), self.at(below + path[1:]))

    def boot(self, status=0):
        """As the running system's: `relabel onboot` where this is the root."""
        run("mount", "--bind", "/proc", self.at("proc"))
        run("mount", "--bind", "/sys", self.at("sys"))
        self.bring(self.relabel)
        p = subprocess.run([self.relabel, "onboot", "--then", "nothing"], capture_output=True,
                           text=True, stdin=subprocess.DEVNULL,
                           preexec_fn=lambda: (os.chroot(self.path), os.chdir("/")))
        check(p.returncode == status, "status %d: %s%s" % (p.returncode, p.stdout, p.stderr))
        return p.stdout + p.stderr

    def bring_programs(self):
        """To run a command inside."""
        self.bring("/bin/sh")
        self.bring("/bin/echo")
        os.makedirs(self.at("dev"))
        os.mknod(self.at("dev/null"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        os.environ["PATH"] = "/fake:" + os.environ["PATH"]

    def generate(self, selinux="system_u:system_r:init_t:s0", cmdline="root=/dev/vda ro"):
        """The target chosen, and what was said."""
        for name in "proc/self/attr", "sys/fs/selinux":
            os.makedirs(self.at(name), exist_ok=True)
        if selinux:
            self.write("sys/fs/selinux/enforce", "1")
            self.write("proc/self/attr/current", selinux + "\0")
        self.write("proc/cmdline", cmdline + "\n")
        p = subprocess.run([self.generator, self.at("early"), self.at("early"), self.at("early"),
                            self.path], capture_output=True, text=True)
        check(p.returncode == 0, p.stderr)
        link = self.at("early/default.target")
        chosen = os.readlink(link) if os.path.islink(link) else None
        mask = self.at("early/relabel-extra.service")
        check(os.path.islink(mask) == bool(chosen), "single trees come after all of them")
        if chosen:
            os.unlink(link)
            os.unlink(mask)
            check(os.path.basename(chosen) == "relabel-onboot.target", chosen)
        for name in "proc/self", "sys/fs":
            shutil.rmtree(self.at(name))
        os.unlink(self.at("proc/cmdline"))
        return bool(chosen), p.stderr


# ---- which boots --------------------------------------------------------------------------------


@case
def who_asks(r):
    check(r.generate() == (False, ""), "nobody")
    check(r.generate(cmdline="ro autorelabel=1")[0], "the command line")
    r.write(".autorelabel", "")
    check(r.generate()[0], "the file")
    check(r.generate(selinux=None) == (False, ""), "but SELinux is off")
    r2, said = r.generate(cmdline="noautorelabel")
    check(not r2 and "forbids" in said, "but it is forbidden: " + said)
    check(not r.generate(selinux="kernel")[0], "but there is no policy yet")
    r.write("etc/initrd-release", "")
    check(not r.generate()[0], "but this is the initrd")


# ---- what is done -------------------------------------------------------------------------------


@case
def all_is_relabelled(r):
    r.write(".autorelabel", "-F -T 1 \n")
    said = r.onboot()
    check("/: relabelled" in said and "/srv: relabelled" in said, said)
    check(r.label("usr/share/x/f") == USR and r.label("srv/f") == ELSE, "labels")
    check(r.label("proc") is None or r.label("proc") == ELSE, "what is mounted there is not ours")
    check(r.read(".autorelabel") is None and r.read(".relabel-onboot") is None, "the file is gone")


@case
def options_of_the_file_count(r):
    custom = "system_u:object_r:mine_t:s0"
    r.write("etc/selinux/t/contexts/customizable_types", "mine_t\n")
    for forced in False, True:
        os.setxattr(r.at("srv/f"), "security.selinux", custom.encode() + b"\0")
        r.write(".autorelabel", "-F" if forced else "")
        r.onboot()
        check(r.label("srv/f") == (ELSE if forced else custom), "forced: %s" % forced)


@case
def what_is_not_understood_is_told(r):
    for text in "-Q rubbish", "/etc/passwd", "--help", "relabel":
        r.write(".autorelabel", text)
        said = r.onboot()
        check("all labels are set" in said, text + ": " + said)
        check(r.read(".autorelabel") is None, text)


@case
def it_fails_and_is_tried_again(r):
    r.write(".autorelabel", "")
    r.write("usr/share/x/stuck", "")
    run("chattr", "+i", r.at("usr/share/x/stuck"))
    for attempt in range(4):  # the first one finishes /srv, so it does not count
        check(r.generate()[0], "attempt %d" % attempt)
        said = r.onboot(status=255)
        check("/: not everything could be relabelled" in said, said)
        check(r.read(".autorelabel") == "", "who asks is not forgotten")
        check("done /srv" in r.read(".relabel-onboot"), "what is done is")
    check("next boot is as usual" in said, said)
    chosen, said = r.generate()
    check(not chosen and "tried too often" in said, "it goes on for ever: " + said)
    run("chattr", "-i", r.at("usr/share/x/stuck"))
    os.unlink(r.at(".relabel-onboot"))
    check(r.generate()[0], "as was said")
    r.onboot()
    check(r.label("usr/share/x/stuck") == USR and not r.generate()[0], "at last")


@case
def it_was_interrupted(r):
    r.write(".autorelabel", "")
    r.write(".relabel-onboot", "attempts 2\ndone /srv\n", 0o600)
    said = r.onboot()
    check("/srv: relabelled by an earlier attempt" in said, said)
    check(r.label("srv/f") is None and r.label("usr/share/x/f") == USR, "only the rest")
    check(r.read(".relabel-onboot") is None, "all is done")


@case
def files_of_any_size_are_not_read(r):
    """Another system's may have no end."""
    r.write(".autorelabel", "")
    r.write(".relabel-onboot", "", 0o600)
    os.truncate(r.at(".relabel-onboot"), 2 << 20)
    said = r.onboot(status=1)
    check("File too large" in said, said)
    extra(r, "a.relabel")
    os.truncate(r.at("etc/relabel-extra.d/a.relabel"), 2 << 20)
    said = r.onboot("--extra", status=255)
    check("not followed: File too large" in said, said)


@case
def attempts_that_cannot_be_counted_are_not_made(r):
    r.write(".autorelabel", "")
    run("mount", "-o", "remount,ro", r.path)
    said = r.onboot("--then", "reboot", status=1)
    check("nothing is relabelled" in said, said)
    check(r.label("srv/f") is None, "not even elsewhere")


@case
def links_of_the_root_lead_nowhere(r):
    outside = tempfile.mkdtemp(prefix="onboot-outside-")
    try:
        open(outside + "/f", "w").close()
        os.rmdir(r.at("proc"))
        os.symlink(outside, r.at("proc"))
        r.write(".autorelabel", "")
        r.onboot(status=1)
        check(os.listdir(outside) == ["f"], "it was mounted on")
    finally:
        shutil.rmtree(outside)


@case
def proc_leads_to_no_other_root(r):
    """Its links to the roots of processes are no text, and one of another process leads out."""
    outside = tempfile.mkdtemp(prefix="onboot-outside-")
    try:
        with open(outside + "/config", "w") as f:
            f.write("SELINUX=enforcing\nSELINUXTYPE=t\n")
        os.unlink(r.at("etc/selinux/config"))
        os.symlink("/proc/%d/root%s/config" % (os.getpid(), outside), r.at("etc/selinux/config"))
        for there in False, True:
            if there:
                run("mount", "--bind", "/proc", r.at("proc"))
            r.write(".autorelabel", "")
            said = r.onboot(status=1)
            check(r.label("usr/share/x/f") is None, said)
    finally:
        shutil.rmtree(outside)


@case
def what_is_called_proc_is_not_asked(r):
    """A file system of the image's own: it would say what is mounted, and what a descriptor is."""
    for name in "proc", "sys":
        run("mount", "-t", "tmpfs", "none", r.at(name))
    os.makedirs(r.at("proc/self/fd"))
    r.write("proc/self/mountinfo", "")
    r.write(".autorelabel", "")
    said = r.onboot()
    check("/: relabelled" in said and r.label("usr/share/x/f") == USR, said)


@case
def a_root_of_somebody_else_s_is_not_entered(r):
    """He could put another /proc there at any time."""
    r.write(".autorelabel", "")
    for mode, owner in (0o755, 1000), (0o775, 0), (0o1777, 0):
        os.chown(r.path, owner, 0)
        os.chmod(r.path, mode)
        said = r.onboot(status=1)
        check("others than root" in said and r.label("usr/share/x/f") is None, said)


@case
def a_directory_that_is_no_mount(r):
    """An image that was unpacked, and a file system mounted in it."""
    names, outer = os.listdir(r.path), r.path
    os.mkdir(r.at("inner"))
    for name in names:
        if name == "srv":
            os.mkdir(r.at("inner/srv"))
            run("mount", "--move", r.at("srv"), r.at("inner/srv"))
        else:
            os.rename(r.at(name), r.at("inner/" + name))
    r.path = r.at("inner")
    r.write(".autorelabel", "")
    said = r.onboot()
    check(r.label("usr/share/x/f") == USR and r.label("srv/f") == ELSE, said)
    check(r.label("") == ELSE and label(outer) is None and r.read(".autorelabel") is None, said)


@case
def nothing_that_keeps_labels_is_no_success(r):
    run("mount", "-t", "ramfs", "-o", "mode=755", "none", r.at("build"))
    shutil.copytree(r.at("etc"), r.at("build/etc"))
    os.mkdir(r.at("build/proc"))
    r.path = r.at("build")
    r.write(".autorelabel", "")
    said = r.onboot(status=255)
    check("No suitable file systems" in said and r.read(".autorelabel") == "", said)


# ---- and then -----------------------------------------------------------------------------------


@case
def the_machine_reboots(r):
    r.bring_programs()
    r.write(".autorelabel", "")
    said = r.onboot("--then", "reboot")
    check(r.read("asked") == "--force reboot\n", said)


@case
def the_boot_goes_on(r):
    r.bring_programs()
    r.write(".autorelabel", "")
    said = r.onboot("--then", "continue")
    on = "daemon-reload\n--no-block isolate default.target\n"
    check(r.read("asked") == on, said)
    os.unlink(r.at("asked"))
    r.write(".autorelabel", "")
    r.write("usr/stuck", "")
    run("chattr", "+i", r.at("usr/stuck"))
    said = r.onboot("--then", "continue", status=255)
    check(r.read("asked") == on, said)
    check(not r.generate()[0], "default.target is this one again")


@case
def a_boot_that_can_begin_nothing_goes_on(r):
    os.mkdir(r.at("run"))
    run("mount", "-t", "tmpfs", "none", r.at("run"))
    r.bring_programs()
    r.write("fake/systemctl", "#!/bin/sh\necho \"$*\" >>/run/asked\n", 0o755)
    on = "daemon-reload\n--no-block isolate default.target\n"
    r.write(".autorelabel", "")
    run("mount", "-o", "remount,ro", r.path)
    said = r.onboot("--then", "reboot", status=1)
    check("the boot goes on" in said and r.read("run/asked") == on, said)
    run("mount", "-o", "remount,rw", r.path)
    chosen, said = r.generate()
    check(not chosen and "not in this boot" in said, "default.target is this one again")
    shutil.rmtree(r.at("run"), ignore_errors=True)  # its contents: the next boot has another one
    check(r.generate()[0] and r.read(".autorelabel") == "", "but in the next one")
    os.unlink(r.at(".autorelabel"))
    os.mknod(r.at(".autorelabel"), 0o600 | stat.S_IFSOCK)
    said = r.onboot("--then", "reboot", status=1)
    check(r.read("run/asked") == on, "what cannot be read: " + said)


# ---- in an initrd -------------------------------------------------------------------------------


def in_initrd(r, status=0, **proc):
    """With files of /proc as they would be."""
    proc = {"filesystems": "nodev\tproc\nnodev\tselinuxfs\n", "cmdline": "ro\n", **proc}
    with tempfile.TemporaryDirectory() as files, contextlib.ExitStack() as undo:
        for name, text in proc.items():
            with open(os.path.join(files, name), "w") as f:
                f.write(text)
            run("mount", "--bind", f.name, "/proc/" + name)
            undo.callback(run, "umount", "/proc/" + name)
        return r.onboot("--initrd", status=status)


@case
def an_initrd_does_what_is_there_already(r):
    run("umount", r.at("srv"))
    r.write(".autorelabel", "-F")
    said = in_initrd(r)
    check("/: relabelled" in said and "/.autorelabel stays" in said, said)
    check(r.label("usr/share/x/f") == USR and r.read(".autorelabel") == "-F", "labels")
    check(r.label(".relabel-onboot") == ELSE, "the generator may be denied to read it else")
    for _ in range(3):
        in_initrd(r)
    check(r.generate()[0], "the rest is to come")
    run("mount", "-t", "tmpfs", "none", r.at("srv"))
    r.write("srv/f", "")
    said = r.onboot()
    check("/: relabelled by an earlier attempt" in said and r.label("srv/f") == ELSE, said)
    check(not r.generate()[0] and r.read(".relabel-onboot") is None, "all is done")


@case
def an_initrd_relabels_if_the_boot_does(r):
    check(in_initrd(r) == "", "nobody asks")
    check(in_initrd(r, cmdline="autorelabel=0\n") == "", "nobody asks")
    r.write(".autorelabel", "")
    for why in {"cmdline": "noautorelabel\n"}, {"filesystems": "nodev\tproc\n"}:
        check(in_initrd(r, **why) == "" and r.label("usr/share/x/f") is None, why)
    for config in "SELINUX=disabled\nSELINUX=enforcing\n", "#SELINUX=enforcing\n":
        config_file = r.read("etc/selinux/config")
        r.write("etc/selinux/config", config + "SELINUXTYPE=t\n")
        check(in_initrd(r) == "", config)
        r.write("etc/selinux/config", config_file)
    r.write(".relabel-onboot", "attempts 3\n", 0o600)
    check(in_initrd(r) == "", "too often")
    os.unlink(r.at(".autorelabel"))
    r.write(".relabel-onboot", "attempts 0\nanswered\n", 0o600)
    check(in_initrd(r, cmdline="autorelabel\n") == "", "it was done already")
    check(r.label("usr/share/x/f") is None, "labels")
    os.unlink(r.at(".relabel-onboot"))
    in_initrd(r, cmdline="ro autorelabel\n")
    check(r.label("usr/share/x/f") == USR, "now")


@case
def an_initrd_that_fails_does_not_hold_up_the_boot(r):
    r.write(".autorelabel", "")
    r.write("usr/stuck", "")
    run("chattr", "+i", r.at("usr/stuck"))
    in_initrd(r, status=255)
    run("mount", "-o", "remount,ro", r.path)
    said = in_initrd(r, status=1)
    check("nothing is relabelled" in said, said)


# ---- what is seen of it --------------------------------------------------------------------------


def splash(r, script):
    """@script answers what plymouth is asked."""
    if not os.path.exists(r.at("dev")):
        r.bring_programs()
    r.write("fake/plymouth", "#!/bin/sh\necho \"$*\" >>/shown\ncase $1 in %s esac\n" % script, 0o755)
    r.write(".autorelabel", "")


@case
def a_splash_shows_how_far_it_is(r):
    splash(r, "")
    r.boot()
    asked = r.read("shown").splitlines()
    check(asked[:2] == ["--ping", "change-mode --updates"], asked)
    end = ["system-update --progress=100", "display-message --text=", "change-mode --boot-up"]
    check(asked[-3:] == end, asked)
    told = [line for line in asked if line.startswith("display-message --text=Relabelling ")]
    check(told and re.search(r": \d+ files, \d\d?%$", told[-1]), asked)
    check(len([a for a in asked[2:-3] if re.fullmatch(r"system-update --progress=\d\d?", a)]), asked)
    check(r.label("usr/share/x/f") == USR, "labels")


@case
def a_splash_hides_what_fails_no_more(r):
    splash(r, "")
    r.write("usr/stuck", "")
    run("chattr", "+i", r.at("usr/stuck"))
    r.boot(status=255)
    check(r.read("shown").splitlines()[-1] == "hide-splash", r.read("shown"))


@case
def a_splash_that_is_not_there_or_hangs(r):
    splash(r, "--ping) exit 1;;")
    r.boot()
    check(r.read("shown") == "--ping\n", r.read("shown"))
    os.mkfifo(r.at("never"))
    for verb in "--ping", "system-update":
        os.unlink(r.at("shown"))
        splash(r, "%s) read x </never;;" % verb)
        r.boot()
        check(r.read("shown").splitlines()[-1].startswith(verb), r.read("shown"))
        check(r.read(".autorelabel") is None, "it is done")


@case
def another_system_s_programs_are_not_started(r):
    splash(r, "")
    r.onboot()
    check(r.read("shown") is None, r.read("shown"))


@case
def the_journal_has_a_record_of_each(r):
    run("mount", "-t", "tmpfs", "none", "/run")
    os.makedirs("/run/systemd/journal")
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind("/run/systemd/journal/socket")
    journal.setblocking(False)
    os.makedirs(r.at("usr/a\nb"))
    run("mount", "-t", "tmpfs", "none", r.at("usr/a\nb"))
    r.write("usr/stuck", "")
    run("chattr", "+i", r.at("usr/stuck"))
    r.write(".autorelabel", "")
    r.onboot(status=255)
    try:
        check(False, journal.recv(65536))
    except BlockingIOError:
        pass  # our output does not go there
    os.environ["JOURNAL_STREAM"] = "1:1"
    r.write(".relabel-onboot", "attempts 2\ndone /srv\n", 0o600)
    r.onboot(status=255)
    found = {}
    for _ in range(3):
        lines = journal.recv(65536).decode().splitlines()
        record = dict(line.split("=", 1) for line in lines)
        found[record["RELABEL_MOUNT"]] = record
    root, nl, srv = found["/"], found["/usr/a\\012b"], found["/srv"]
    check(root["RELABEL_RESULT"] == "failed" and root["RELABEL_ERRORS"] == "1", root)
    check(root["PRIORITY"] == "3" and root["MESSAGE"].startswith("/: "), root)
    check(nl["RELABEL_RESULT"] == "done" and nl["RELABEL_CHANGED"] == "0", nl)
    check(int(nl["RELABEL_FILES"]) == 1 and int(nl["RELABEL_DURATION_USEC"]) > 0, nl)
    check(srv["RELABEL_RESULT"] == "skipped" and "RELABEL_FILES" not in srv, srv)
    check(len({record["MESSAGE_ID"] for record in found.values()}) == 1, found)


# ---- single trees -------------------------------------------------------------------------------


def extra(r, name, *trees, where="etc"):
    os.makedirs(r.at(where + "/relabel-extra.d"), exist_ok=True)
    r.write("%s/relabel-extra.d/%s" % (where, name), "".join(tree + "\n" for tree in trees))


def left(r, where="etc"):
    return sorted(os.listdir(r.at(where + "/relabel-extra.d")))


@case
def trees_are_labelled_once(r):
    check(r.onboot("--extra") == "", "nothing is asked for")
    os.makedirs(r.at("usr/other"))
    r.write("usr/only", "")
    extra(r, "b.relabel", "/usr/share/", "", "/usr/./only")
    extra(r, "a.relabel", "/srv/f", where="run")
    extra(r, "c.conf", "/usr/other")
    r.write(".autorelabel", "")
    said = r.onboot("--extra")
    check(said == "/etc/relabel-extra.d/b.relabel: relabelled\n"
          "/run/relabel-extra.d/a.relabel: relabelled\n", said)
    check(r.label("usr/share/x/f") == USR and r.label("usr/only") == USR, "what is named")
    check(r.label("srv/f") == ELSE, "in /run, too")
    check(r.label("usr/other") is None and r.label("usr") is None, "and no more")
    check(left(r) == ["c.conf"] and not left(r, "run"), "they are gone")
    check(r.read(".autorelabel") == "" and r.read(".relabel-onboot") is None, "nothing else is")


@case
def trees_stay_on_their_file_system(r):
    os.makedirs(r.at("usr/share/disk"))
    run("mount", "-t", "tmpfs", "none", r.at("usr/share/disk"))
    r.write("usr/share/disk/f", "")
    extra(r, "a.relabel", "/usr")
    r.onboot("--extra")
    check(r.label("usr/share/x/f") == USR and r.label("usr/share/disk/f") is None, "labels")


@case
def a_tree_that_fails_is_tried_so_often(r):
    r.write("usr/share/stuck", "")
    run("chattr", "+i", r.at("usr/share/stuck"))
    extra(r, "a.relabel", "/usr/missing", "/usr/share")
    extra(r, "b.relabel", "/srv")
    said = r.onboot("--extra", status=255)
    check("kept as a.relabel.1 for another attempt" in said, said)
    check(r.label("usr/share/x/f") == USR and r.label("srv/f") == ELSE, "the others are done")
    check(left(r) == ["a.relabel.1"], left(r))
    extra(r, "a.relabel", "/srv")  # asked for anew: nothing is lost, nor mixed up
    said = r.onboot("--extra", status=255)
    check("kept as a.relabel.2" in said and left(r) == ["a.relabel.2"], said)
    said = r.onboot("--extra", status=255)
    check("kept as a.relabel.failed" in said and left(r) == ["a.relabel.failed"], said)
    check(r.onboot("--extra") == "", "it goes on for ever")
    run("chattr", "-i", r.at("usr/share/stuck"))
    os.mkdir(r.at("usr/missing"))
    os.rename(r.at("etc/relabel-extra.d/a.relabel.failed"), r.at("etc/relabel-extra.d/a.relabel"))
    r.onboot("--extra")
    check(not left(r) and r.label("usr/share/stuck") == USR, "as was said")


@case
def an_attempt_that_ends_the_machine_counts(r):
    extra(r, "a.relabel.2", "/srv")
    extra(r, "a.relabel.failed", "/usr")
    said = r.onboot("--extra", status=255)
    check("a.relabel.failed is in the way" in said and r.label("srv/f") is None, said)
    check(left(r) == ["a.relabel.2", "a.relabel.failed"], left(r))
    run("mount", "-o", "remount,ro", r.path)
    said = r.onboot("--extra", status=255)
    check("Read-only file system" in said and r.label("srv/f") is None, said)


@case
def whose_files_are_followed(r):
    extra(r, "a.relabel", "/usr")
    extra(r, "b.relabel", "/usr")
    os.chown(r.at("etc/relabel-extra.d/a.relabel"), 1000, 0)
    os.chmod(r.at("etc/relabel-extra.d/b.relabel"), 0o664)
    os.symlink("b.relabel", r.at("etc/relabel-extra.d/c.relabel"))
    os.mkfifo(r.at("etc/relabel-extra.d/d.relabel"))
    said = r.onboot("--extra", status=255)
    check(said.count("not followed") == 4 and len(left(r)) == 4, said)
    os.chmod(r.at("etc/relabel-extra.d"), 0o777)
    said = r.onboot("--extra", status=255)
    check("not looked into: others than root" in said, said)
    os.rename(r.at("etc/relabel-extra.d"), r.at("etc/x"))
    os.chmod(r.at("etc/x"), 0o755)
    os.symlink("x", r.at("etc/relabel-extra.d"))
    said = r.onboot("--extra", status=255)
    check("/etc/relabel-extra.d: not looked into" in said, said)
    check(r.label("usr/share/x/f") is None, "labels")


@case
def paths_that_are_none(r):
    extra(r, "a.relabel", "usr", "/usr/../srv", "/srv/..", "/srv/a\0b", "/usr/share", "/srv/..x")
    r.write("srv/..x", "")
    said = r.onboot("--extra", status=255)
    check(said.count("is no absolute path") == 4 and left(r) == ["a.relabel.1"], said)
    check(r.label("usr/share/x/f") == USR and r.label("srv/..x") == ELSE, "the others are done")
    check(r.label("srv/f") is None, "and they only")


@case
def links_on_the_way_are_not_followed(r):
    """/srv/ann is a user's, who would have root label something else."""
    os.mkdir(r.at("srv/ann"))
    os.symlink("/usr/share", r.at("srv/ann/www"))
    extra(r, "a.relabel", "/srv/ann/www/x")
    extra(r, "b.relabel", "/srv/ann/www")
    r.onboot("--extra", status=255)
    check(r.label("usr/share/x/f") is None and r.label("usr/share") is None, "elsewhere")
    check(left(r) == ["a.relabel.1"], left(r))


@case
def all_of_them_are_the_single_ones_too(r):
    extra(r, "a.relabel", "/usr")
    extra(r, "b.relabel", "/usr/missing")
    r.write(".autorelabel", "")
    said = r.onboot()
    check("a.relabel: relabelled" in said and left(r) == ["b.relabel.1"], said)
    check(r.read(".autorelabel") is None, "it is done all the same")
    extra(r, "c.relabel", "/usr")
    r.write(".autorelabel", "")
    r.write("usr/stuck", "")
    run("chattr", "+i", r.at("usr/stuck"))
    r.onboot(status=255)
    check(left(r) == ["b.relabel.1", "c.relabel"], "not before it is done")


@case
def wrong_words(r):
    for words in ["--then", "what"], ["--extra", "--then", "reboot"], ["--extra", "--initrd"], ["--rot", "/"], ["here"]:
        p = subprocess.run([r.relabel, "onboot", *words], capture_output=True, text=True)
        check(p.returncode == 255 and p.stderr.startswith("relabel onboot: "), p.stderr)
    r.write(".autorelabel", "")
    p = subprocess.run([r.relabel, "onboot", "--root", r.at("nowhere")], capture_output=True,
                       text=True)
    check(p.returncode == 1 and "No such file" in p.stderr, p.stderr)


# ---- all of them --------------------------------------------------------------------------------


def run_one(function, relabel, generator):
    path = tempfile.mkdtemp(prefix="onboot-")
    error = None
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            function(Root(relabel, generator, path))
            status = 0
        except (Failed, OSError, subprocess.SubprocessError) as e:
            print("%s: %s" % (function.__name__, e))
            if isinstance(e, subprocess.CalledProcessError):
                print(e.stderr)
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    subprocess.run(["umount", "-R", "-l", path], check=False, capture_output=True)
    os.rmdir(path)
    print("%-4s %s" % ("FAIL" if status else "ok", function.__name__))
    return status == 0


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if os.geteuid() != 0:
        skip("needs root")
    if not own_mounts():
        skip("no mount namespaces")
    programs = [os.path.abspath(path) for path in sys.argv[1:3]]
    chosen = [c for c in CASES if len(sys.argv) == 3 or c.__name__ in sys.argv[3:]]
    bad = sum(not run_one(c, *programs) for c in chosen)
    print("%d passed, %d failed" % (len(chosen) - bad, bad))
    sys.exit(bad != 0 or not chosen)


if __name__ == "__main__":
    main()
