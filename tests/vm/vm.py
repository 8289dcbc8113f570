#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs of a build on a running kernel with SELinux and Debian's policy, in a virtual machine.

    vm.py BUILD permissive|enforcing|nothing|onboot|modules [CASE...]
    vm.py BUILD bench [FILES [ROUNDS]]

What the build installs is put into the guest where an installation has it, labelled there by Debian's
restorecon, and tests/vm/guest/run.py runs the cases.  "nothing" is a permissive run with programs that
set no label: every case that says so must fail then.  A few of each sort will do to show it; LBL_ALL=1
tries all of them.  "onboot" is three boots of one machine, which relabels itself at the second, while the kernel enforces.
"modules" has the guest install our policy modules in Debian's policy, and remove them again.
"bench" is no test: see bench/README.md.

What came of each case stays in BUILD/vm-MODE.json, from which table.py makes the table in docs/SELINUX.md.

Environment: VM_ENGINE=uml|qemu (else the first of them that comes up), VM_VERBOSE=1 shows the guest's
console, VM_TIMEOUT=SECONDS (1100) ends it.
"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile

import engine
import image
import other
import stock

HERE = os.path.dirname(os.path.abspath(__file__))
SCRATCH_MIB = 320  # the least that mkfs.xfs takes
SCRATCH_DISKS = 3
BENCH_FILES = 50000
BOOT_LIMIT = 300  # seconds until its first line
# for "nothing"
A_FEW = ["the_unit_as_it_is_and_the_default_config", "trees_are_labelled", "what_is_there_at_the_start",
         "status_and_journal", "restorecon_as_theirs", "file_systems_on_disks", "labels_read_at_once"]


def skip(why):
    print("skipped:", why)
    sys.exit(77)


# ---- what goes into the guest ------------------------------------------------------------------


def stage(build, top):
    """What the build installs, the libraries it needs and the cases, below `top`."""
    p = subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", top],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if p.returncode:
        sys.exit("meson install: " + p.stdout[-2000:])
    programs = [os.path.join(where, name) for where, _, names in os.walk(top) for name in names
                if os.access(os.path.join(where, name), os.X_OK)]
    if not programs:
        sys.exit("the build installs no programs")
    for path in image.libraries(programs):
        if "san.so" in path:
            skip("sanitizers make programs that no emulated guest can run in reasonable time")
        if not path.startswith(os.path.realpath(build)) and not path.startswith(top):
            image.put(top, path)
    shutil.copytree(HERE + "/guest", top + "/test", ignore=shutil.ignore_patterns("__pycache__"))


def names(target, limit):
    """For "bench": so many of this machine's /usr, with their kinds."""
    with open(target, "w", encoding="utf-8", errors="surrogateescape") as f:
        for top, folders, files in os.walk("/usr"):
            for name in folders + files:
                path = os.path.join(top, name)
                kind = "l" if os.path.islink(path) else "d" if name in folders else "f"
                limit -= 1
                if "\n" not in path:
                    f.write("%s %s\n" % (kind, path))
            if limit <= 0:
                break


def prefix_of(build):
    p = subprocess.run(["meson", "introspect", "--buildoptions", build], stdout=subprocess.PIPE,
                       check=True)
    options = {o["name"]: o["value"] for o in json.loads(p.stdout)}
    return {"prefix": options["prefix"],
            "sbindir": os.path.join(options["prefix"], options["sbindir"]),
            "bindir": os.path.join(options["prefix"], options["bindir"])}


def archive(top, target):
    def owned_by_root(member):
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member

    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for name in sorted(os.listdir(top)):
            # lib and lib64 are links in the guest; through them would do, instead of them would not
            where = "usr/" + name if name in image.LINKS else name
            tar.add(os.path.join(top, name), where, filter=owned_by_root)


# ---- the machine -------------------------------------------------------------------------------


def engines():
    """Those to try, in this order."""
    wanted = os.environ.get("VM_ENGINE")
    if wanted and wanted not in engine.ENGINES:
        sys.exit("VM_ENGINE is one of: " + ", ".join(engine.ENGINES))
    all_of_them = [engine.ENGINES[wanted]] if wanted else list(engine.ENGINES.values())
    found = [e for e in all_of_them if not e.missing()]
    if not found:
        skip("; ".join(e.missing() for e in all_of_them))
    return found


def words(machine, mode):
    return ["console=ttyS0", "quiet", "rootwait", "root=" + machine.root, "rootfstype=ext4", "rw",
            "panic=-1", "security=selinux", "enforcing=%d" % (mode in ("enforcing", "onboot")),
            "printk.devkmsg=on", "log_buf_len=4M", "systemd.show_status=no", "systemd.log_target=kmsg",
            "mitigations=off"]  # for speed: an emulated processor has no leaks


def keep(outcomes, path):
    """Beside those of cases that were not run this time."""
    before = {}
    if os.path.exists(path):
        with open(path) as f:
            before = json.load(f)
    with open(path, "w") as f:
        json.dump({**before, **outcomes}, f, indent=1)


def watch(process, path):
    """Its lines as they come; what came of each case goes to `path`.  -> did it come up, and the sums where
    it got so far"""
    def late(*_):
        process.kill()

    up, result, outcomes = False, None, {}
    signal.signal(signal.SIGALRM, late)
    signal.alarm(BOOT_LIMIT)
    for line in process.stdout:
        line = line.decode(errors="backslashreplace").rstrip()
        if line.startswith("result {"):
            outcomes.update(json.loads(line[len("result "):]))
            continue
        print(line, flush=True)
        if not up and line.startswith("Linux "):
            up = True
            signal.alarm(int(os.environ.get("VM_TIMEOUT", "1100")))
        found = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", line)
        result = tuple(map(int, found.groups())) if found else result
    process.wait()
    signal.alarm(0)
    if outcomes:
        keep(outcomes, path)
    return up, result


def boot(machine, build, mode, cases, work):
    """-> as watch(), and the console's text; fresh disks each time"""
    kernel, root = image.get(machine.name)
    here = tempfile.mkdtemp(dir=work)
    no_other = "not in this run"
    if mode in ("permissive", "enforcing", "nothing"):
        no_other = other.put(work + "/stage", here)
    with open(work + "/stage/test/run.json", "w") as f:
        json.dump({"mode": mode, "cases": cases, "dirs": prefix_of(build),
                   "scratch": machine.scratch,
                   "other": {"disk": machine.other, "skip": no_other}}, f)
    archive(work + "/stage", work + "/test.tar")
    names = ["root.img", "test.tar", *["scratch%d" % n for n in range(SCRATCH_DISKS)]]
    os.symlink(root, here + "/root.img")
    os.symlink(work + "/test.tar", here + "/test.tar")
    for name in names[2:]:
        with open(here + "/" + name, "w") as f:
            f.truncate(SCRATCH_MIB << 20)
    names += [] if no_other else ["other.img"]
    argv = machine.command(kernel, names, words(machine, mode), mode == "onboot")
    with subprocess.Popen(argv, cwd=here, env=machine.environment(build, here),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            up, result = watch(process, "%s/vm-%s.json" % (build, mode))
        finally:
            process.kill()
    with open(here + "/console", errors="backslashreplace") as f:
        return up, result, f.read()


def run(build, mode, cases, work):
    stage(build, work + "/stage")
    if mode == "modules":
        stock.stage(work + "/stage")
    if mode == "bench":
        names(work + "/stage/test/names", int(cases[0]) if cases else BENCH_FILES)
    *others, last = engines()
    for machine in (*others, last):
        try:
            up, result, console = boot(machine, build, mode, cases, work)
        except image.Unavailable as why:
            if machine is last:
                raise
            print("%s: %s" % (machine.name, why))
            continue
        why = re.search("Kernel panic.*", console)
        if machine is last or result or (up and not why):
            break
        print("%s %s: %s" % (machine.name, "dies" if up else "does not come up",
                             why.group() if why else console[-1000:]))
    if not result or os.environ.get("VM_VERBOSE"):
        print("---- the guest's console\n" + console[-20000:])
    if not result:
        sys.exit("the guest ended, or was ended by a time limit, before its cases did")
    passed, failed, _ = result
    return 0 if passed and not failed else 1


def main():
    build, mode, *cases = sys.argv[1:]
    if mode not in ("permissive", "enforcing", "nothing", "onboot", "modules", "bench"):
        sys.exit(__doc__)
    if os.uname().machine != "x86_64":
        skip("the guest's kernel is one for x86_64")
    if mode == "nothing" and not cases and "LBL_ALL" not in os.environ:
        cases = A_FEW
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="relabel-vm-", dir="/var/tmp") as work:
        try:
            return run(os.path.abspath(build), mode, cases, work)
        except image.Unavailable as why:
            skip(why)


if __name__ == "__main__":
    sys.exit(main())
