#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""dead.py DIR: mount a file system whose server does not answer, but for its greeting; until standard
input ends."""
import ctypes
import os
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)


def main():
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fd
    if libc.mount(b"nobody", os.fsencode(sys.argv[1]), b"fuse", 0, options.encode()) < 0:
        sys.exit("mount: %s" % os.strerror(ctypes.get_errno()))
    request = os.read(fd, 1 << 17)
    unique, = struct.unpack_from("<Q", request, 8)
    major, minor = struct.unpack_from("<II", request, 40)
    body = struct.pack("<IIIIHHIIHHI7I", major, minor, 0, 0, 12, 10, 1 << 16, 1, 256, 0, 0,
                       *[0] * 7)
    os.write(fd, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)
    print("ready", flush=True)
    sys.stdin.read()


main()
