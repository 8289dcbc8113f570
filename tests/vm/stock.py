# SPDX-License-Identifier: LGPL-2.1-or-later
"""stock: what the guest needs beside the image to install our policy modules itself: Debian's own store, the
tools that write to it, and a policy of our modules without their rules, where nothing is denied in
silence."""
import os
import shutil
import subprocess
import sys
import tempfile

import image

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest"))
import cil

STORE = "/var/lib/selinux"
TOOLS = ("semodule", "setsebool")


def bare_policy(target):
    """Made here: it takes minutes where it is emulated."""
    with tempfile.TemporaryDirectory(prefix="relabel-vm-", dir="/var/tmp") as work:
        shutil.copytree(image.POLICY, work + image.POLICY, symlinks=True)
        shutil.copytree(STORE, work + STORE, symlinks=True)
        argv = [image.find("semodule"), "-p", work, "-s", os.path.basename(image.POLICY), "-n", "-D"]
        for path in image.OUR_POLICY:
            with open(path, encoding="utf-8") as f:
                text = cil.without_rules(f.read())
            argv += ["-i", os.path.join(work, os.path.basename(path))]
            with open(argv[-1], "w", encoding="utf-8") as f:
                f.write(text)
        subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        policies = work + image.POLICY + "/policy"
        shutil.copy2(os.path.join(policies, sorted(os.listdir(policies))[-1]), target)


def stage(top):
    missing = [tool for tool in TOOLS if not image.find(tool)]
    if missing:
        raise image.Unavailable("the guest needs %s" % ", ".join(missing))
    tools = [image.find(tool) for tool in TOOLS]
    for path in tools + image.libraries(tools):
        image.put(top, path)
    shutil.copytree(STORE, top + STORE, symlinks=True)
    shutil.copytree(image.POLICY, top + "/usr/share/vm/stock", symlinks=True)
    os.makedirs(top + "/etc/selinux", exist_ok=True)
    shutil.copy2("/etc/selinux/semanage.conf", top + "/etc/selinux/")
    bare_policy(top + "/usr/share/vm/bare")
