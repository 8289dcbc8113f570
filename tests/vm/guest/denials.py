# SPDX-License-Identifier: LGPL-2.1-or-later
"""denials: what the kernel has denied to our programs, in all the cases before.

In a permissive guest everything is seen that would be denied; in an enforcing one what comes first
may hide the rest.
"""
import rig
from rig import Failed, case

# (domain, class, permission, type): why it does no harm.  Type None: any.
EXPECTED = {
    # fanotify where the boolean restored_fanotify is off: inotify does
    ("restorecond_t", "capability", "sys_admin", "restorecond_t"): "no marks on file systems",
    ("restorecond_t", "filesystem", "watch", None): "no marks on file systems",
    ("restorecond_t", "filesystem", "getattr", None): "no marks on file systems",
    ("restorecond_t", "dir", "watch_sb", None): "no marks on file systems",
    **{("restorecond_t", *what, "initrc_t"): "the name of the program that made a file"
       for what in (("dir", "search"), ("file", "getattr"), ("file", "open"), ("file", "read"))},
    **{(domain, "dir", "search", "relabel_cache_t"): "no compiled rules: users' programs read the text"
       for domain in ("user_t", "staff_t")},
    # reading labels in bulk where it is asked for, from the disk or by a search of btrfs
    **{("setfiles_t", "blk_file", what, "fixed_disk_device_t"): "no bulk reading"
       for what in ("read", "open", "ioctl")},
    ("setfiles_t", "dir", "setattr", None): "no digests of -D; theirs are denied when they are stored",
    ("setfiles_t", "capability", "sys_admin", "setfiles_t"): "no bulk reading",
    ("setfiles_t", "capability", "sys_rawio", "setfiles_t"): "no bulk reading",
}


@case(labels=False)
def nothing_is_denied_that_was_not_expected():
    rig.denials_of("ours")
    bad = {d for d in rig.denied["ours"] - rig.denied["theirs"]
           if d[0] in ("restorecond_t", "setfiles_t", "user_t", "staff_t") and d not in EXPECTED and
           (*d[:3], None) not in EXPECTED}
    if bad:
        raise Failed("\n     ".join("%s: %s { %s } of %s" % (d[0], d[1], d[2], d[3])
                                   for d in sorted(bad)))
