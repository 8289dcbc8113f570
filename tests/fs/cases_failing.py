# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that fail, runs that are killed, descriptors left open: in each way labels are read and written."""
import errno
import fcntl
import os
import re
import signal
import struct
import subprocess

from place import (ENGINES, check, label, names, need, set_label, skip, touch, type_of)

SHUTDOWN = 0x8004587d       # EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN


def failing(place, kind):
    """The device is gone: each failure is an error, and the run ends."""
    place.make(kind)
    place.tree()
    for path in names(place.top):
        set_label(path)
    fd = os.open(place.top, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", 2))      # without writing the log
    except OSError as e:
        skip("no shutdown of %s: %s" % (kind, e))
    finally:
        os.close(fd)
    run = place.run()
    check(run.status == 255 and "Input/output error" in run.err, run.said)


def cut(place, kind):
    """A file system the last quarter or so of which cannot be read: directories and a second name of a
    file in each; what is sure to fail, by path; the image and its size.

    Its device ends in the middle of nowhere: reads beyond are -EIO.  Some directories lie there.
    On ext4 there is also a directory whose entries lie there, one that has a part of them there,
    and a file whose attributes lie there."""
    mkfs, size, left = {
        "ext4": (["mkfs.ext4", "-q", "-b", "1024", "-g", "8192", "-N", "2560", "-I", "256", "-O",
                  "^has_journal,^flex_bg,^metadata_csum,^extent,^dir_index,^64bit"], 40 << 20, 32 << 20),
        "xfs": (["mkfs.xfs", "-q", "-d", "agcount=4"], 320 << 20, 240 << 20)}[kind]
    image = place.image(mkfs, size)
    place.mount("-t", kind, "-o", "loop", image)
    dirs = [place.top + "/%02d" % i for i in range(20)]
    for path in dirs:
        os.mkdir(path)
    for path in dirs:
        for i in range(10):
            touch(path + "/%d" % i)
    near = sorted(dirs, key=lambda path: os.stat(path).st_ino)[:3]
    names_of = {path: near[2] + "/of" + os.path.basename(path) for path in dirs}
    for path in dirs:       # a name that can be read, of an inode that perhaps cannot
        os.link(path + "/1", names_of[path])
    if kind == "ext4":
        for i in range(200):
            touch(near[1] + "/more%d" % i)
    subprocess.run(["umount", place.top], check=True)

    errors = {}
    if kind == "ext4":
        far = (left >> 10) + 3000
        for request in ("%s block[0] %d" % (near[0], far), "%s block[1] %d" % (near[1], far + 1),
                        "%s/5 file_acl %d" % (near[2], far + 2)):
            subprocess.run(["debugfs", "-w", "-R", "sif " + request.replace(place.top, ""), image],
                           check=True, stderr=subprocess.DEVNULL)
        errors = {near[0]: "Could not read directory", near[1]: "Could not read directory",
                  near[2] + "/5": "Could not set context for"}
    place.mount("-t", kind, "-o", "loop,noatime" + (",errors=continue" if kind == "ext4" else ""), image)
    os.truncate(image, left)
    return names_of, errors, (image, left)


def fails(path):
    try:
        os.lstat(path)
        return False
    except OSError as e:
        check(e.errno == errno.EIO, "%s: %s" % (path, e))
        return True


def unreadable(place, kind, engine):
    """Where a device fails, each failure is told of once and counted, and all the rest gets its label."""
    need("debugfs")
    names_of, errors, (image, left) = cut(place, kind)
    run = place.run_by(engine)

    lost = [path for path in names_of if fails(path)]
    check(0 < len(lost) < 10, "lost: %s" % lost)
    errors.update((path, "Could not stat") for path in lost)
    errors.update((names_of[path], "Could not set context for") for path in lost)
    told = re.findall("^[^\n]*: (Could not [a-z ]+) (/\\S+): +Input/output error", run.err, re.M)
    check(sorted(told) == sorted((words, path) for path, words in errors.items()), "%s\n%s" % (errors, run.said))
    summary = re.findall("([0-9]+) not labelled: other errors; first (.*)", run.err)
    first = ", ".join(sorted(errors)[:3])
    check(summary == ([(str(len(errors)), first)] if len(errors) >= 10 else []), run.said)
    check(run.status == 255, run.said)

    seen = 0
    for path in names(place.top):
        if path in errors and not errors[path].startswith("Could not read"):
            continue
        check(type_of(path) == "w_t", "%s has %s" % (path, label(path)))
        seen += 1
    check(seen > 100, "only %d could be read" % seen)
    again = place.run(*ENGINES[engine][0], "-v", "-C")
    check(again.status == 1 and again.changed() == 0, again.said)
    check(os.path.getsize(image) == left, "what was cut off was written to")


def many(place, kind):
    if kind == "ext4":
        place.mount("-o", "loop", place.image(["mkfs.ext4", "-q", "-N", "16000"], 64 << 20))
    else:
        place.make(kind)
    for i in range(50):
        os.mkdir(place.top + "/%d" % i)
        for k in range(200):
            touch(place.top + "/%d/%d" % (i, k))
            set_label(place.top + "/%d/%d" % (i, k))


def interrupt(place, how, engine, lines):
    """A run that is ended when it has told of so many changes; it is held up by what nobody reads then."""
    options, says = ENGINES[engine]
    p = place.start(*options, "-v", "-v", "-T", "2", prefix=["env", "LBL_DEBUG=tree"])
    out = "".join(p.stdout.readline() for _ in range(lines))
    p.send_signal(getattr(signal, "SIG" + how))
    out += p.stdout.read()
    err = p.stderr.read()
    p.wait()
    if says not in out + err:
        skip("%s cannot be had here" % engine)
    if how == "KILL":
        check(p.returncode == -signal.SIGKILL, "it was not in the middle any more: " + err)
    else:
        check(p.returncode == 128 + getattr(signal, "SIG" + how) and "stopped by signal" in err,
              "exit %d: %s" % (p.returncode, err))


def interrupted(place, how, engine):
    """Ended in the middle, each file has its old label or its new one; the next run does the rest."""
    many(place, "ext4" if engine == "bulk" else "tmpfs")
    done = 0
    for lines in 5, 500, 4000:
        interrupt(place, how, engine, lines)
        types = [type_of(path) for path in names(place.top)]
        check(set(types) <= {"old_t", "w_t", None}, "labels: %s" % set(types))
        check(done < types.count("w_t") < len(types), "%d of %d after %d" % (types.count("w_t"), len(types), done))
        done = types.count("w_t")
    run = place.run_by(engine)
    check(run.status == 0, run.said)
    place.all_labelled()


def descriptors(place, engine):
    """None is left open at the end; one that is would be told of."""
    need("valgrind")
    with open(place.program, "rb") as f:
        if b"libasan" in f.read():
            skip("valgrind and AddressSanitizer exclude each other")
    place.make("ext4" if engine == "bulk" else "tmpfs")
    place.tree()
    for i in range(100):
        touch(place.top + "/a/%d" % i)

    def left_open(*extra):
        run = place.run_by(engine, "-F", prefix=[
            "FDS_SHOW=1", "LD_PRELOAD=" + os.environ["FDS"], *extra,
            "valgrind", "--track-fds=yes", "-q", "--error-exitcode=9"])
        # a descriptor that a ring closes is open as far as valgrind knows
        there = dict(re.findall("^fds: ([0-9]+) is (.*)", run.err, re.M))
        opened = re.findall("Open (?:file descriptor|AF_[A-Z0-9_]+ socket) ([0-9]+):[^\n]*\n[^\n]*at 0x", run.err)
        check(len(there) >= 3, run.said)
        return run, [there[number] for number in opened if number in there]

    run, left = left_open("FDS_LEAK=1")
    check(run.status == 67 and left == ["/dev/null"], "%s\n%s" % (left, run.said))
    for path in names(place.top):
        set_label(path)
    run, left = left_open()
    check(run.status == 0 and left == [], "%s\n%s" % (left, run.said))
    place.all_labelled()


CASES = {f.__name__: f for f in (failing, unreadable, interrupted, descriptors)}
