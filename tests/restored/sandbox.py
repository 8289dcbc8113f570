#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon can do its work with what its unit leaves it.

    sandbox.py RESTORED UNIT

It runs with the capabilities of CapabilityBoundingSet= only, and every system call it makes is one
that SystemCallFilter= lets through, as systemd-analyze knows them.  Calls too new for strace or for
systemd are answered with ENOSYS there; here, too, so that what is done instead is seen.
"""
import ctypes
import os
import re
import shutil
import signal
import struct
import subprocess
import sys

from rig import HostileRig, check, run, skip, touch, type_of, wait

# setxattrat, getxattrat; and openat2, which containers and RestrictSUIDSGID= take away
NEW_CALLS = (463, 464, 437)


def without_new_calls(argv):
    """A seccomp filter, then the program."""
    libc = ctypes.CDLL(None)

    class Program(ctypes.Structure):
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    code = b"".join(struct.pack("HBBI", *i) for i in (
        (0x20, 0, 0, 0), *((0x15, len(NEW_CALLS) - i, 0, n) for i, n in enumerate(NEW_CALLS)),
        (0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x00050000 | 38)))
    memory = ctypes.create_string_buffer(code)
    program = Program(len(code) // 8, ctypes.addressof(memory))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program)):
        sys.exit("no seccomp filter to be had")
    os.execvp(argv[0], argv)


def values(unit, key):
    with open(unit) as f:
        return [line.split("=", 1)[1].strip() for line in f if line.startswith(key + "=")]


def calls_of(words):
    """The calls that names and @groups stand for."""
    calls = set()
    for word in words:
        if not word.startswith("@"):
            calls.add(word)
            continue
        text = subprocess.run(["systemd-analyze", "syscall-filter", word], stdout=subprocess.PIPE,
                              check=True, text=True).stdout
        calls |= calls_of(w for w in (line.split("#")[0].strip() for line in text.splitlines()[1:])
                          if w)
    return calls


def allowed(unit):
    calls = set()
    for value in values(unit, "SystemCallFilter"):
        if value.startswith("~"):
            calls -= calls_of(value[1:].split())
        else:
            calls |= calls_of(value.split())
    return calls


def calls_made(r, capabilities):
    """Names."""
    trace = os.path.join(r.scratch, "trace")
    r.start("@/**", "~/x/*", prefix=[
        "setpriv", "--bounding-set=-all," + ",".join(capabilities), sys.executable, __file__, "--exec",
        "strace", "-f", "-o", trace])
    touch(r.mkdir("a/b") + "/c")
    wait(lambda: type_of(r.path("a/b/c")) == "w_t", "a label")
    r.write_rules("new_t")
    wait(lambda: type_of(r.path("a/b/c")) == "new_t", "a label by the new rules")
    r.status()
    with open(r.scratch + "/run/restored.lock") as f:
        os.kill(int(f.read()), signal.SIGTERM)
    wait(lambda: r.process.poll() is not None, "the end")
    r.end()
    with open(trace) as f:
        return set(re.findall(r"^\d+ +(\w+)\(", f.read(), re.M))


def main():
    if sys.argv[1] == "--exec":
        without_new_calls(sys.argv[2:])
    program, unit = sys.argv[1:]
    for tool in ("setpriv", "strace", "systemd-analyze"):
        if not shutil.which(tool):
            skip("no " + tool)
    if os.uname().machine != "x86_64":
        skip("numbers of system calls are known for x86_64 only")
    with open(program, "rb") as f:
        if b"libasan" in f.read():
            skip("AddressSanitizer makes calls of its own")
    known = allowed(unit)
    capabilities = ["+" + c[4:].lower() for c in
                    " ".join(values(unit, "CapabilityBoundingSet")).split()]
    for back_end in ("inotify", "fanotify"):
        r = HostileRig(program, back_end)
        try:
            made = calls_made(r, capabilities)
        finally:
            r.close()
        bad = {c for c in made - known if c not in ["syscall_%#x" % n for n in NEW_CALLS]}
        check(not bad and len(made) >= 20,
              "%s: not allowed, of %d calls: %s" % (back_end, len(made), ", ".join(sorted(bad))))
        print("%s: %d calls, all allowed" % (back_end, len(made)))


if __name__ == "__main__":
    run(main)
