# SPDX-License-Identifier: LGPL-2.1-or-later
"""image: what the guest boots, made once and kept outside the tree.

A kernel of Debian's, unpacked and not installed, and a root file system of this machine's own
programs, with the libraries they need, systemd and Debian's policy.  It is labelled here by Debian's
setfiles: where SELinux is off root may write any label, so that the guest needs no first boot.
"""
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

POLICY = "/etc/selinux/default"
CONTEXTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../contexts")
OUR_POLICY = [os.path.join(CONTEXTS, name) for name in ("restored.cil", "relabel.cil")]
STOCK_POLICY = "/usr/share/vm/policy"  # in the guest: Debian's, without ours
MAC_ADMIN_POLICY = "/usr/share/vm/policy.mac_admin"  # that, ours, and MAC_ADMIN
MAC_ADMIN = """
(allow setfiles_t self (capability2 (mac_admin)))
(allow initrc_t self (capability2 (mac_admin)))
(allow setfiles_t unlabeled_t (file (relabelto)))
"""
META_PACKAGE = "linux-image-cloud-amd64"  # ext4 and NVMe are built in: no initial RAM disk
UML_PACKAGE = "user-mode-linux"
PREFIX = {"uml": UML_PACKAGE, "qemu": "linux-image"}
MODULES = ("virtio_pci", "virtio_blk", "loop", "xfs", "btrfs", "overlay")

# Without what stands in OPTIONAL the cases that want it are skipped.
PROGRAMS = """
sh bash cat cp mv ln ls mkdir mkfifo mknod rm rmdir touch chmod chown chcon runcon stat sync sleep true
false kill env id head tail sort find grep sed tar diff uname umount mount mountpoint losetup dmesg setpriv
unshare kmod ldconfig getfattr setfattr mkfs.ext4 python3
load_policy setfiles restorecon restorecon_xattr fixfiles sestatus getenforce setenforce selinuxenabled
matchpathcon systemctl journalctl systemd-run systemd-notify
""".split()
OPTIONAL = ("mkfs.xfs", "mkfs.btrfs", "btrfs", "sefcontext_compile", "selabel_lookup", "restorecond")
HELPERS = ("/lib/systemd/systemd", "/lib/systemd/systemd-journald", "/lib/systemd/systemd-shutdown")
UNITS = """
sysinit.target basic.target local-fs.target local-fs-pre.target sockets.target paths.target
timers.target slices.target shutdown.target umount.target final.target multi-user.target
systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket
""".split()
LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64",
         "var/run": "/run", "etc/mtab": "/proc/self/mounts",
         "usr/sbin/init": "../lib/systemd/systemd",
         "etc/systemd/system/default.target": "vm.target"}
DIRECTORIES = """
dev proc sys run tmp root home/user etc mnt opt srv test usr/bin usr/sbin usr/lib usr/lib64 usr/libexec
var/lib var/log var/tmp var/cache
""".split()
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000::/home/user:/bin/bash\n"
                  "nobody:x:65534:65534::/nonexistent:/bin/false\n",
    "etc/group": "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\n",
    "etc/fstab": "", "etc/hostname": "guest\n", "etc/machine-id": "5" * 32 + "\n",
    "etc/selinux/config": "SELINUX=permissive\nSELINUXTYPE=default\n",
    "etc/ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n",
    "etc/systemd/journald.conf": "[Journal]\nStorage=volatile\nRateLimitBurst=0\nAudit=no\n",
    "etc/systemd/system/vm.target": "[Unit]\nRequires=multi-user.target vm.service\n"
                                    "After=multi-user.target\nAllowIsolate=yes\n",
    # Whatever ends it, the guest ends with it.
    "etc/systemd/system/vm.service": """[Unit]
After=multi-user.target
SuccessAction=poweroff-immediate
FailureAction=poweroff-immediate
[Service]
Type=oneshot
ExecStart=/usr/sbin/vm-start
StandardInput=null
StandardOutput=file:/dev/ttyS1
StandardError=file:/dev/ttyS1
TimeoutStartSec=infinity
""",
    # The test's files come as a tar archive on a disk of their own.
    "usr/sbin/vm-start": """#!/bin/sh
uname -sr
for module in virtio_pci virtio_blk loop; do # the first two are QEMU's
	modprobe -q $module
done
tar -C / -xf "$(ls /dev/ubdb /dev/vda 2>/dev/null)" || { echo "vm-start: no test files"; exit 1; }
exec /usr/bin/python3 /test/run.py
""",
}


class Unavailable(Exception):
    """It cannot be made on this machine, and why."""


def output(*argv):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if p.returncode:
        raise Unavailable("%s: %s" % (" ".join(argv[:3]), p.stdout.strip()[-300:]))
    return p.stdout


def find(program):
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(program, path=path)


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = os.path.join(base, "relabel", "vm")
    os.makedirs(path, exist_ok=True)
    return path


# ---- the kernel --------------------------------------------------------------------------------


def newest_kernel(engine):
    """-> the package and the folder for it; None where apt does not know."""
    package = UML_PACKAGE if engine == "uml" else META_PACKAGE
    try:
        text = output("apt-cache", "show", "--no-all-versions", package)
    except Unavailable:
        return None
    if engine == "uml":
        found = re.search(r"^Version: *(\S+)", text, re.M)
        return found and (package, "%s-%s" % (package, found.group(1)))
    found = re.search(r"^Depends: *(linux-image-[^ ,]+)", text, re.M)
    return found and (found.group(1), found.group(1))


def kernel(engine, top):
    """-> folder with boot/* and lib/modules, downloaded if need be"""
    prefix = PREFIX[engine]
    new = newest_kernel(engine)
    name = new and new[1]
    if not new or not os.path.isdir(os.path.join(top, name)):
        name = new and fetch_kernel(top, *new)
    if not name:  # no network: what is there from another time
        have = sorted(glob.glob("%s/%s-*" % (top, prefix)))
        if not have:
            raise Unavailable("no kernel: apt-get download of %s is not possible" % prefix)
        name = os.path.basename(have[-1])
    return os.path.join(top, name)


def fetch_kernel(top, package, name):
    work = tempfile.mkdtemp(prefix="new-", dir=top)
    try:
        p = subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=", "download", package],
                           cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=300, check=False)
        packages = glob.glob(work + "/*.deb")
        if p.returncode or not packages:
            return None
        output("dpkg-deb", "-x", packages[0], work + "/all")
        keep = os.path.join(work, "keep")
        os.makedirs(keep + "/lib")
        if package == UML_PACKAGE:
            os.mkdir(keep + "/boot")
            os.rename(work + "/all/usr/bin/linux.uml", keep + "/boot/linux.uml")
            os.rename(work + "/all/usr/lib/uml/modules", keep + "/lib/modules")
        else:
            os.rename(work + "/all/boot", keep + "/boot")
            os.rename(work + "/all/lib/modules", keep + "/lib/modules")
        os.rename(keep, os.path.join(top, name))
        return name
    except subprocess.TimeoutExpired:
        return None
    finally:
        shutil.rmtree(work)


# ---- the root file system ----------------------------------------------------------------------


def libraries(programs):
    """What the loader finds for them, itself among it."""
    p = subprocess.run(["ldd", *programs], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                       check=False)
    return sorted(set(re.findall(r"(/[^ :]+) \(0x", p.stdout)))


def put(root, path):
    """A file of this machine at the same place in the guest, links followed."""
    to = root + os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    os.makedirs(os.path.dirname(to), exist_ok=True)
    if not os.path.exists(to):
        shutil.copy2(path, to)


def put_python(root):
    ask = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    path = output("/usr/bin/python3", "-c", ask).strip()
    keep = ("collections", "encodings", "importlib", "json", "lib-dynload", "re", "__pycache__")

    def leave(directory, names):
        return [n for n in names if n not in keep and os.path.isdir(os.path.join(directory, n))]

    shutil.copytree(path, root + path, ignore=leave)
    return glob.glob(path + "/lib-dynload/*.so")


def put_modules(root, boot):
    """Those of MODULES and what they need."""
    version = os.listdir(boot + "/lib/modules")[0]
    output("depmod", "-b", boot, version)
    base = "%s/lib/modules/%s" % (boot, version)
    with open(base + "/modules.dep") as f:
        needs = {os.path.basename(k).split(".ko")[0].replace("-", "_"): (k, v.split())
                 for k, v in (line.split(":") for line in f)}
    for module in MODULES:
        for name in sum(([k, *v] for k, v in [needs.get(module, (None, []))] if k), []):
            to = "%s/usr/lib/modules/%s/%s" % (root, version, name)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy2(os.path.join(base, name), to)
    for name in glob.glob(base + "/modules.builtin*") + [base + "/modules.order"]:
        shutil.copy2(name, "%s/usr/lib/modules/%s/" % (root, version))
    output("depmod", "-b", root + "/usr", version)


def put_files(root):
    for path, text in FILES.items():
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), "w") as f:
            f.write(text)
    os.chmod(root + "/usr/sbin/vm-start", 0o755)
    os.chown(root + "/home/user", 1000, 1000)
    for unit in UNITS:
        shutil.copy2("/lib/systemd/system/" + unit, root + "/usr/lib/systemd/system/")
    for wanted in ("systemd-journald.socket", "systemd-journald-dev-log.socket"):
        os.makedirs(root + "/usr/lib/systemd/system/sockets.target.wants", exist_ok=True)
        os.symlink("../" + wanted, root + "/usr/lib/systemd/system/sockets.target.wants/" + wanted)


def put_policy(root):
    """Debian's, and our modules in it, which takes too long in an emulated guest."""
    shutil.copytree(POLICY, root + POLICY, symlinks=True)
    shutil.copytree("/var/lib/selinux", root + "/var/lib/selinux", symlinks=True)
    os.makedirs(root + os.path.dirname(STOCK_POLICY))
    shutil.copy2(sorted(glob.glob(POLICY + "/policy/policy.*"))[-1], root + STOCK_POLICY)
    output(find("semodule"), "-p", root, "-s", os.path.basename(POLICY), "-n",
           *[word for path in OUR_POLICY for word in ("-i", path)])
    put_mac_admin_policy(root)
    shutil.rmtree(root + "/var/lib/selinux")  # half of all files, and not needed to run


def put_mac_admin_policy(root):
    installed, = glob.glob(root + POLICY + "/policy/policy.*")
    shutil.copy2(installed, installed + ".kept")
    with open(root + "/mac_admin.cil", "w") as f:
        f.write(MAC_ADMIN)
    output(find("semodule"), "-p", root, "-s", os.path.basename(POLICY), "-n", "-i", f.name)
    os.rename(installed, root + MAC_ADMIN_POLICY)
    os.rename(installed + ".kept", installed)
    os.unlink(f.name)


def fill(root, boot):
    for name in DIRECTORIES:
        os.makedirs(os.path.join(root, name))
    for name, to in LINKS.items():
        os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
        os.symlink(to, os.path.join(root, name))
    os.chmod(root + "/tmp", 0o1777)
    os.chmod(root + "/var/tmp", 0o1777)
    programs = [find(p) if p != "python3" else "/usr/bin/python3" for p in PROGRAMS]
    missing = [p for p, path in zip(PROGRAMS, programs) if not path]
    missing += [p for p in HELPERS if not os.path.exists(p)]
    if missing:
        raise Unavailable("the guest needs %s" % ", ".join(missing))
    programs += [p for p in map(find, OPTIONAL) if p] + list(HELPERS)
    os.makedirs(root + "/usr/lib/systemd/system")
    for path in programs:
        put(root, path)
    for name in ("modprobe", "insmod"):
        os.symlink("../bin/kmod", root + "/usr/sbin/" + name)
    for path in libraries(programs + put_python(root)):
        put(root, path)
    put_files(root)
    put_policy(root)
    put_modules(root, boot)
    for path in glob.glob("/etc/ld.so.conf.d/*.conf"):
        put(root, path)
    output("ldconfig", "-r", root)


def write(root, target):
    """Labels, then the image."""
    output(find("setfiles"), "-r", root, root + POLICY + "/contexts/files/file_contexts", root)
    mib = int(output("du", "-sm", root).split()[0])
    with open(target, "w") as f:
        f.truncate((mib + mib // 3 + 400) << 20)
    output(find("mkfs.ext4"), "-q", "-F", "-O", "^has_journal", "-E",
           "lazy_itable_init=1,nodiscard", "-m", "0", "-N", "120000", "-d", root, target)


def key(boot):
    """Changes with whatever the image is made of."""
    h = hashlib.sha256(os.path.basename(boot).encode())
    for path in (__file__, *OUR_POLICY):
        with open(path, "rb") as f:
            h.update(f.read())
    names = [p for p in map(find, PROGRAMS + list(OPTIONAL)) if p] + list(HELPERS)
    names += glob.glob(POLICY + "/policy/*") + glob.glob(POLICY + "/contexts/files/*")
    names += glob.glob("/var/lib/selinux/default/active/modules_checksum")
    for name in sorted(names):
        st = os.stat(name)
        h.update(("%s %d %d\n" % (name, st.st_size, st.st_mtime_ns)).encode())
    return h.hexdigest()[:16]


def get(engine):
    """-> (kernel, image), made if need be, for one of the engines (uml, qemu)"""
    for tool in ("apt-get", "dpkg-deb", "ldd", "ldconfig", "depmod", "setfiles", "semodule",
                 "mkfs.ext4"):
        if not find(tool):
            raise Unavailable("there is no " + tool)
    if not glob.glob(POLICY + "/policy/policy.*"):
        raise Unavailable("there is no policy in %s (selinux-policy-default)" % POLICY)
    if os.getuid() != 0:
        raise Unavailable("only root can write the image's labels")
    top = cache()
    with open(top + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        boot = kernel(engine, top)
        stem = "%s/%s" % (top, "uml-root-" if engine == "uml" else "root-")
        image = "%s%s.img" % (stem, key(boot))
        if not os.path.exists(image):
            for old in glob.glob(stem + "*.img"):
                os.unlink(old)
            for old in glob.glob("%s/%s-*" % (top, PREFIX[engine])):
                if old != boot:
                    shutil.rmtree(old)
            make(boot, image)
    return glob.glob(boot + ("/boot/linux.uml" if engine == "uml" else "/boot/vmlinuz-*"))[0], image


def make(boot, image):
    print("building the guest's root file system", file=sys.stderr)
    root = tempfile.mkdtemp(prefix="root-", dir=os.path.dirname(image))
    try:
        os.chmod(root, 0o755)
        fill(root, boot)
        write(root, image + ".new")
        os.rename(image + ".new", image)
    finally:
        shutil.rmtree(root)
        if os.path.exists(image + ".new"):
            os.unlink(image + ".new")
