# SPDX-License-Identifier: LGPL-2.1-or-later
"""other: a disk with another system: a small Debian, and a policy in it with types that the guest's
kernel does not know.

It has no label yet; what it should have is what Debian's setfiles gives the same tree here, where
SELinux is off and any label can be written.  Its policy is Debian's, under another name, with a module;
/etc/selinux is a link that is meant inside of it.
"""
import fcntl
import glob
import hashlib
import json
import os
import shutil
import subprocess
import tempfile

import image

NAME = "other"  # SELINUXTYPE
HOME = "/usr/etc/selinux"  # where /etc/selinux leads
RULES = HOME + "/" + NAME + "/contexts/files/file_contexts"
# What is in the tree that is not needed for labels is left out.
LEAVE = ("usr/share/doc", "usr/share/locale", "usr/share/man", "usr/share/zoneinfo", "var/cache/apt",
         "var/lib/apt/lists", "usr/lib/python3", "usr/lib/x86_64-linux-gnu/perl-base")
# Types of regular files alone, which is what the policy with MAC_ADMIN (image.py) allows; and of few,
# since each that is refused is a line in the kernel's buffer.
MODULE = """
(type other_data_t)
(type other_notice_t)
(roletype object_r other_data_t)
(roletype object_r other_notice_t)
(typeattributeset file_type (other_data_t other_notice_t))
(filecon "/usr/share/base-files/.*" file (system_u object_r other_data_t ((s0) (s0))))
(filecon "/etc/debian_version" file (system_u object_r other_notice_t ((s0) (s0))))
"""
FILES = {
    "etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=%s\n" % NAME,
    "usr/share/vm/plain": "", "srv/www/index.html": "", "root/kept": "",
}


def put_policy(tree):
    """Debian's and the module, as what it is called here."""
    with tempfile.TemporaryDirectory(prefix="relabel-vm-", dir="/var/tmp") as work:
        shutil.copytree(image.POLICY, work + image.POLICY, symlinks=True)
        shutil.copytree("/var/lib/selinux", work + "/var/lib/selinux", symlinks=True)
        with open(work + "/other.cil", "w") as f:
            f.write(MODULE)
        image.output(image.find("semodule"), "-p", work, "-s", os.path.basename(image.POLICY), "-n",
                     "-i", f.name)
        os.makedirs(tree + HOME)
        shutil.copytree(work + image.POLICY, tree + HOME + "/" + NAME, symlinks=True)
    for path in glob.glob(tree + "/etc/selinux*"):
        shutil.rmtree(path)
    os.symlink(HOME, tree + "/etc/selinux")


def put_files(tree):
    for path, text in FILES.items():
        path = tree + "/" + path.replace("etc/selinux", HOME.lstrip("/"), 1)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)


def labels(tree):
    """The path below `tree` of each that has one -> its context"""
    out = {}
    for where, folders, names in os.walk(tree):
        for path in [where] * (where == tree) + [os.path.join(where, n) for n in folders + names]:
            if "security.selinux" in os.listxattr(path, follow_symlinks=False):
                raw = os.getxattr(path, "security.selinux", follow_symlinks=False)
                out[path[len(tree):] or "/"] = raw.rstrip(b"\0").decode()
    return out


def make(target):
    tree = tempfile.mkdtemp(prefix="other-", dir=os.path.dirname(target))
    try:
        os.chmod(tree, 0o755)
        with open("/etc/os-release") as f:
            suite = dict(line.rstrip().split("=", 1) for line in f if "=" in line)["VERSION_CODENAME"]
        image.output("debootstrap", "--variant=minbase", suite, tree)
        for path in LEAVE:
            shutil.rmtree(os.path.join(tree, path), ignore_errors=True)
        put_policy(tree)
        put_files(tree)
        mib = int(image.output("du", "-sm", tree).split()[0])
        with open(target + ".new", "w") as f:
            f.truncate((mib + mib // 3 + 64) << 20)
        image.output(image.find("mkfs.ext4"), "-q", "-F", "-O", "^has_journal", "-m", "0", "-N", "40000",
                     "-d", tree, f.name)
        image.output(image.find("setfiles"), "-F", "-r", tree, tree + RULES, tree)
        with open(target + ".json", "w") as f:
            json.dump(labels(tree), f)
        os.rename(target + ".new", target)
    finally:
        shutil.rmtree(tree)
        if os.path.exists(target + ".new"):
            os.unlink(target + ".new")


def get():
    """-> the disk, and the file with its labels; made if need be"""
    if not image.find("debootstrap"):
        raise image.Unavailable("there is no debootstrap")
    h = hashlib.sha256()
    with open(__file__, "rb") as f:
        h.update(f.read())
    for path in sorted(glob.glob(image.POLICY + "/policy/*") + glob.glob(image.POLICY + "/contexts/files/*")):
        st = os.stat(path)
        h.update(("%s %d %d\n" % (path, st.st_size, st.st_mtime_ns)).encode())
    target = "%s/other-%s.img" % (image.cache(), h.hexdigest()[:16])
    with open(image.cache() + "/other.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(target):
            for old in glob.glob(image.cache() + "/other-*"):
                (shutil.rmtree if os.path.isdir(old) else os.unlink)(old)
            make(target)
    return target, target + ".json"


def put(stage, here):
    """Beside the other disks, and what is wanted of it into the guest; "": why there is none."""
    try:
        disk, wanted = get()
    except image.Unavailable as why:
        return str(why)
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", disk, here + "/other.img"], check=True)
    shutil.copy2(wanted, stage + "/test/other.json")
    return ""
