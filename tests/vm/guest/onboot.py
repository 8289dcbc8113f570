# SPDX-License-Identifier: LGPL-2.1-or-later
"""onboot: a machine with wrong labels is told to relabel, and reboots twice: three boots, of which the
first spoils and the last one judges."""
import json
import os
import subprocess
import time

import rig

STAGE = "/stage"
EXTRA = "/etc/relabel-extra.d"
SPOILED = ("/etc/passwd", "/usr/bin/ls", "/opt/app/f", "/srv/f", "/home/user", "/root")
DISK_SERVICE = """[Unit]
DefaultDependencies=no
Before=local-fs.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'modprobe virtio_pci; modprobe virtio_blk; mount %s /srv'
""" % rig.SCRATCH[0]


def another_disk():
    """/srv on a file system of its own, mounted at each boot."""
    rig.sh("mkfs.ext4", "-q", "-F", rig.SCRATCH[0])
    rig.write("/etc/systemd/system/srv-disk.service", DISK_SERVICE)
    wants = "/etc/systemd/system/local-fs.target.wants"
    os.makedirs(wants, exist_ok=True)
    os.symlink("../srv-disk.service", wants + "/srv-disk.service")
    rig.sh("mount", rig.SCRATCH[0], "/srv")


def name_tree(path):
    os.makedirs(EXTRA, exist_ok=True)
    rig.sh(rig.dirs["sbindir"] + "/restorecon", EXTRA)
    rig.write(EXTRA + "/test.relabel", path + "\n")


def single_tree():
    """As its unit does it at boot, in the domain that has, while the kernel enforces.  -> what is wrong"""
    rig.spoil("/opt/app/f", "boot_t")
    name_tree("/opt/app")
    p = subprocess.run(["systemctl", "restart", "relabel-extra.service"], check=False,
                       capture_output=True, text=True)
    if rig.context("/opt/app/f") != rig.wanted("/opt/app/f"):
        yield "a single tree, /opt/app/f: %s %s" % (rig.context("/opt/app/f"), p.stderr)
    if os.listdir(EXTRA):
        yield "%s: %s" % (EXTRA, os.listdir(EXTRA))


def records():
    """A relabel by hand, but as a service: what the journal has of it.  -> what is wrong"""
    rig.write("/.autorelabel", "")
    rig.write("/run/systemd/system/again.service", "[Service]\nType=oneshot\nExecStart=" +
              rig.dirs["bindir"] + "/relabel onboot --then nothing\n")
    rig.sh("systemctl", "daemon-reload")
    rig.sh("systemctl", "start", "again.service")
    for mount in "/", "/srv":
        said = rig.sh("journalctl", "-q", "-o", "json", "RELABEL_MOUNT=" + mount)
        found = [json.loads(line) for line in said.splitlines()]
        if [r["RELABEL_RESULT"] for r in found] != ["done"] or int(found[0]["RELABEL_FILES"]) < 1:
            yield "records of %s: %s" % (mount, said)


def spoil():
    rig.install()
    another_disk()
    os.makedirs("/opt/app")
    for path in SPOILED:
        if not os.path.exists(path):
            rig.touch(path)
        rig.spoil(path, "boot_t")
    rig.sh(rig.dirs["sbindir"] + "/fixfiles", "-F", "onboot")
    with open("/.autorelabel") as f:
        rig.check("-F" in f.read().split(), "fixfiles writes how it is to be done")
    name_tree("/opt")
    rig.write(STAGE, "spoiled")
    print("ok   spoiled", flush=True)
    os.sync()
    subprocess.run(["systemctl", "--force", "reboot"], check=True)
    time.sleep(600)  # this ends with the machine


def judge():
    bad = 0
    for path in SPOILED:
        # what Debian's says is what ours has set, user and role too
        have, want = rig.context(path), rig.wanted(path)
        if have != want:
            bad += 1
            print("FAIL %s: %s, not %s" % (path, have, want))
    for path in "/.autorelabel", "/.relabel-onboot":
        if os.path.exists(path):
            bad += 1
            print("FAIL %s is still there" % path)
    if rig.sh("systemctl", "is-active", "relabel-onboot.target", status=None).strip() == "active":
        bad += 1
        print("FAIL this boot relabels, too")
    if os.listdir(EXTRA):
        bad += 1
        print("FAIL single trees are left: %s" % os.listdir(EXTRA))
    for what in [*single_tree(), *records()]:
        bad += 1
        print("FAIL " + what)
    print("%d passed, %d failed, 0 skipped" % (len(SPOILED) + 8 - bad, bad), flush=True)


def main():
    if os.path.exists(STAGE):
        judge()
    else:
        spoil()
