# SPDX-License-Identifier: LGPL-2.1-or-later
"""onboot: a machine with wrong labels is told to relabel, and reboots twice: three boots, of which the
first spoils and the last one judges."""
import os
import subprocess
import time

import rig

STAGE = "/stage"
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
    print("%d passed, %d failed, 0 skipped" % (len(SPOILED) + 3 - bad, bad), flush=True)


def main():
    if os.path.exists(STAGE):
        judge()
    else:
        spoil()
