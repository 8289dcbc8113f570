#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""initrd.py RELABEL GENERATOR UNIT PARTS: what onboot/initrd (PARTS) puts into an initrd: made by dracut and
by initramfs-tools' hook, unpacked, and what is in it run with it as the root: nothing that it needs is
missing there.

Needs root; and dracut and initramfs-tools, each for its own part.
"""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from cases import Root, USR, check, own_mounts, run, run_one, skip

DRACUT = "/usr/lib/dracut"
HOOKS = "/usr/share/initramfs-tools/hook-functions"


def part(name, **where):
    """One of PARTS, for programs that are where they were built."""
    with open(os.path.join(PARTS, name + ".in")) as f:
        text = f.read()
    for key, path in where.items():
        text = text.replace("@%s@" % key, path)
    return text


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)


def machine(relabel, generator, initrd, where):
    """A root on WHERE in the unpacked INITRD, whose /proc is as a boot that relabels has it."""
    run("mount", "--rbind", initrd, initrd)
    os.makedirs(initrd + where, exist_ok=True)
    root = Root(relabel, generator, initrd + where)
    root.write(".autorelabel", "")
    os.makedirs(initrd + "/proc", exist_ok=True)
    os.makedirs(initrd + "/sys", exist_ok=True)
    run("mount", "--bind", "/proc", initrd + "/proc")
    run("mount", "--bind", "/sys", initrd + "/sys")
    for name, text in ("filesystems", "nodev\tselinuxfs\n"), ("cmdline", "quiet ro\n"):
        write(initrd + "/" + name, text)
        run("mount", "--bind", initrd + "/" + name, initrd + "/proc/" + name)
    return root


def run_inside(initrd, *argv, env=None):
    p = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                       env=env, preexec_fn=lambda: (os.chroot(initrd), os.chdir("/")))
    check(p.returncode == 0, "%s: status %d: %s%s" % (argv, p.returncode, p.stdout, p.stderr))
    return p.stdout + p.stderr


def judge(root, said):
    check(root.label("usr/share/x/f") == USR and "/.autorelabel stays" in said, said)
    check(root.read(".autorelabel") == "", "who boots on does the rest")


def dracut(r):
    base, initrd, units = r.at("dracut"), r.at("initrd"), r.at("units")
    os.makedirs(base + "/modules.d/90relabel")
    for name in os.listdir(DRACUT):
        if name != "modules.d":
            os.symlink(os.path.join(DRACUT, name), os.path.join(base, name))
    for name in os.listdir(DRACUT + "/modules.d"):
        os.symlink(os.path.join(DRACUT, "modules.d", name), os.path.join(base, "modules.d", name))
    write(base + "/modules.d/90relabel/module-setup.sh",
          part("module-setup.sh", BINDIR=os.path.dirname(r.relabel), UNITDIR=units))
    os.makedirs(units + "/system")
    shutil.copy(UNIT, units + "/system")
    for asked in False, True:
        p = subprocess.run(["dracut", "--force", "--no-kernel", "--no-hostonly", "--no-compress",
                            "--tmpdir", r.at("tmp"), "--conf", "/dev/null", "--confdir", r.at("tmp"),
                            "--modules", "systemd-initrd" + (" relabel" if asked else ""),
                            r.at("image"), "1.0"], capture_output=True, text=True, check=False,
                           env={**os.environ, "dracutbasedir": base})
        check(p.returncode == 0, p.stdout + p.stderr)
        shutil.rmtree(initrd, ignore_errors=True)
        os.makedirs(initrd)
        with open(r.at("image"), "rb") as f:
            run("cpio", "-id", "--quiet", cwd=initrd, stdin=f)
        name = "relabel-onboot-initrd.service"
        wants = [where for where, _, files in os.walk(initrd) if name in files
                 and where.endswith("/initrd.target.wants")]
        check(bool(wants) == asked, "asked for: %s; %s" % (asked, wants))
    root = machine(r.relabel, r.generator, initrd, "/sysroot")
    check(os.path.exists(initrd + "/bin/mount"), "the unit's")
    judge(root, run_inside(initrd, r.relabel, "onboot", "--initrd"))


def initramfs_tools(r):
    initrd, bindir = r.at("initrd"), os.path.dirname(r.relabel)
    os.makedirs(initrd)
    write(r.at("hook"), part("hook", BINDIR=bindir))
    check(run(r.at("hook"), "prereqs").stdout == "", "prereqs")
    run(r.at("hook"), env={**os.environ, "DESTDIR": initrd, "verbose": "n"})
    write(initrd + "/local-bottom", part("local-bottom", BINDIR=bindir))
    for name in "/bin/sh", "/bin/mount":  # an initrd has them
        r.bring(name, "initrd/")
    root = machine(r.relabel, r.generator, initrd, "/root")
    env = {"rootmnt": "/root", "PATH": "/bin"}
    judge(root, run_inside(initrd, "/local-bottom", env=env))
    os.unlink(root.at(".autorelabel"))
    check(run_inside(initrd, "/local-bottom", env=env) == "", "nobody asks")


def main():
    global PARTS, UNIT
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    relabel, generator, UNIT, PARTS = (os.path.abspath(path) for path in sys.argv[1:])
    if os.geteuid() != 0:
        skip("needs root")
    if not own_mounts():
        skip("no mount namespaces")
    chosen = [c for c, needs in ((dracut, DRACUT), (initramfs_tools, HOOKS)) if os.path.exists(needs)]
    if not chosen:
        skip("neither dracut nor initramfs-tools is here")
    bad = sum(not run_one(c, relabel, generator) for c in chosen)
    print("%d passed, %d failed" % (len(chosen) - bad, bad))
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
