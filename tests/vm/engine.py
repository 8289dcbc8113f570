# SPDX-License-Identifier: LGPL-2.1-or-later
"""engine: what runs the guest: user-mode-linux, whose kernel is a program like others, or QEMU."""
import os
import random
import shutil

MEMORY_MIB = 1024
NOT_ALONE = ["setpriv", "--pdeathsig", "KILL"]  # no guest outlives its vm.py
# UML 6.1 leaves what is AVX-512's out of the frame of a signal: a handler that uses it, as glibc's
# own string functions do, spoils it for whom it interrupts.  So glibc is told to do without.
NO_AVX512 = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW"


class Uml:
    """The guest's programs run on the processor itself, their system calls in the kernel's process.

    To hand those over is several times slower between two processors, so all stays on one.
    """

    name = "uml"
    root = "/dev/ubda"
    scratch = ("/dev/ubdc", "/dev/ubdd", "/dev/ubde")
    other = "/dev/ubdf"
    # It ends all of its process group when it panics, and is no good as process 1, whose abort()
    # does nothing.  In a namespace of their own none of its processes is left, whatever ends it.
    wrapper = [*NOT_ALONE, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
               "sh", "-c", '"$@" 2>console; exit $?', "sh"]

    @staticmethod
    def missing():
        tools = [tool for tool in ("setpriv", "unshare", "taskset") if not shutil.which(tool)]
        return tools and "there is no " + tools[0]

    @classmethod
    def command(cls, kernel, disks, words, _reboots):
        """`disks`: the root's, which is not written, and the others; names without commas"""
        processor = random.choice(sorted(os.sched_getaffinity(0)))
        argv = [*cls.wrapper, "taskset", "-c", str(processor), kernel, "mem=%dM" % MEMORY_MIB,
                "umid=vm", "uml_dir=.", "ubda=root.cow," + disks[0]]
        argv += ["ubd%c=%s" % pair for pair in zip("bcdefgh", disks[1:])]
        return argv + ["con=null", "ssl=null", "ssl0=null,fd:2", "ssl1=null,fd:1", *words,
                       NO_AVX512, "systemd.setenv=" + NO_AVX512]

    @staticmethod
    def environment(build, work):
        """The guest's memory is a file in TMPDIR."""
        shm = "/dev/shm"
        if not os.path.isdir(shm) or shutil.disk_usage(shm).free >> 20 < MEMORY_MIB:
            shm = work
        return {**os.environ, "TMPDIR": shm,
                "LD_PRELOAD": os.path.join(build, "tests/vm/xstate.so")}


class Qemu:
    """A whole machine, with KVM or emulated."""

    name = "qemu"
    root = "/dev/nvme0n1"
    scratch = ("/dev/vdb", "/dev/vdc", "/dev/vdd")
    other = "/dev/vde"

    @staticmethod
    def missing():
        program = "qemu-system-x86_64"
        return None if shutil.which(program) else "there is no " + program

    @staticmethod
    def accelerator():
        """KVM by the processor's own means only: the page-table kind (kvm_pvm) never boots."""
        real = os.path.isdir("/sys/module/kvm_intel") or os.path.isdir("/sys/module/kvm_amd")
        return "kvm" if real and os.access("/dev/kvm", os.R_OK | os.W_OK) else "tcg"

    @classmethod
    def command(cls, kernel, disks, words, reboots):
        argv = [*NOT_ALONE, "qemu-system-x86_64", "-M", "q35", "-accel", cls.accelerator(),
                "-cpu", "max", "-smp", "1", "-m", str(MEMORY_MIB), "-nodefaults",
                "-no-user-config", "-display", "none", *([] if reboots else ["-no-reboot"])]
        for number, path in enumerate(disks):
            how = "virtio-blk-pci," if number else "nvme,serial=root,"
            keep = "" if number else ",snapshot=on"
            argv += ["-device", "%sdrive=d%d" % (how, number), "-drive",
                     "file=%s,if=none,id=d%d,format=raw,cache=unsafe,file.locking=off%s" % (
                         path, number, keep)]
        return argv + ["-serial", "file:console", "-serial", "stdio", "-kernel", kernel,
                       "-append", " ".join(words)]

    @staticmethod
    def environment(_build, _work):
        return None


ENGINES = {engine.name: engine for engine in (Uml, Qemu)}
