# SPDX-License-Identifier: LGPL-2.1-or-later
"""support: what tests in Python share.  How they fail and skip, labels, and mounts of their own."""
import ctypes
import os
import sys

XATTR = "security.selinux"
CLONE_NEWNS = 0x20000
MS_PRIVATE_REC = 0x44000

libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    pass


def skip(why):
    print("SKIP: " + why)
    sys.exit(77)


def check(condition, what):
    if not condition:
        raise Failed(what)


def own_mounts():
    """From here on what this process mounts goes with it, however it ends, and what others mount and
    unmount is not seen.  False where that cannot be had."""
    return libc.unshare(CLONE_NEWNS) == 0 and \
        libc.mount(None, b"/", None, MS_PRIVATE_REC, None) == 0


def label(path):
    """None: it has none, or is not there."""
    try:
        value = os.getxattr(path, XATTR, follow_symlinks=False)
        return value.rstrip(b"\0").decode()
    except OSError:
        return None


def type_of(path):
    context = label(path)
    return context and context.split(":")[2]


def touch(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))
