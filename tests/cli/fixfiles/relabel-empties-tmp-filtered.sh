# needs: box
# a seccomp filter, as of a unit with RestrictSUIDSGID=, has no openat2(); and a file that is mounted is a
# mount as well
cat >filter.py <<'END'
import ctypes, os, struct, sys
OPENAT2, ERRNO_EPERM, ALLOW = 437, 0x50001, 0x7fff0000
code = b"".join(struct.pack("HBBI", *c) for c in (
    (0x20, 0, 0, 0), (0x15, 0, 1, OPENAT2), (0x06, 0, 0, ERRNO_EPERM), (0x06, 0, 0, ALLOW)))
text = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(text)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
END
cp filter.py tree/etc
box '
mkdir -p /tmp/a/b /tmp/mounted
touch /tmp/a/b/c /tmp/file
mount -t tmpfs none /tmp/mounted
mount --bind /etc/filter.py /tmp/file
touch /tmp/mounted/x
python3 /etc/filter.py fixfiles $P -f relabel >/out || echo "exit: $?"
find /tmp | sort
'
