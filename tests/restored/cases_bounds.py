# SPDX-License-Identifier: LGPL-2.1-or-later
"""What nobody can make the daemon do, however much he asks for: floods, deep and wide trees, and
limits reached."""
import os
import resource
import shutil
import signal
import time

from rig import WANT, check, label, touch, unlabelled, wait
from runner import alone, big, case, patient

HOSTILE = 65534


# ---- floods ------------------------------------------------------------------------------------


@patient
def floods_are_throttled(r):
    d, quiet = r.mkdir("d"), r.mkdir("quiet")
    r.start("@/d/*", "@/quiet/*", options=("--dir-rate", "300", "--dir-burst", "100"))
    before = r.cpu()
    begin = time.monotonic()
    r.stop_it()
    for i in range(1000):
        touch(d + "/%d" % i)
    touch(quiet + "/f")
    r.send(signal.SIGCONT)
    wait(lambda: not unlabelled(d) and label(quiet + "/f") == WANT, "in the end all are")
    check(r.count("throttled"), "it was not throttled")
    check(r.relabelled().index(quiet + "/f") < 500, "others had to wait")
    share = (r.cpu() - before) / (time.monotonic() - begin)
    check(r.instrumented() or share < 0.5, "it took %d %% of a CPU" % (share * 100))


@alone
def floods_of_directories(r):
    t, quiet = r.mkdir("t"), r.mkdir("quiet")
    r.start("@/t/**", "@/quiet/*", options=("--dir-rate", "300", "--dir-burst", "100"))
    for i in range(2000):
        os.makedirs(t + "/%d/x" % i)
        touch(t + "/%d/x/f" % i)
        if i % 2:
            os.rename(t + "/%d/x" % i, t + "/%d/y" % i)
    touch(quiet + "/f")
    wait(lambda: label(quiet + "/f") == WANT, "others do not wait for ever")
    wait(lambda: not unlabelled(t), "in the end all are")
    touch(t + "/1999/y/late")
    wait(lambda: not unlabelled(t), "and are watched")


@alone
def watches_run_out(r):
    t = r.mkdir("t")
    for i in range(60):
        os.mkdir(t + "/%d" % i)
    r.start("@/t/**", options=("--max-dirs", "30", "--poll", "1"))
    for i in range(60):
        touch(t + "/%d/f" % i)
        os.mkdir(t + "/%d/sub" % i)
        touch(t + "/%d/sub/f" % i)
    wait(lambda: not unlabelled(t), "looked at from time to time")
    if r.back_end == "inotify":
        check(r.said().count("which is the limit") == 1, "the limit is explained, once")


@case
def directories_beyond_the_watches_go_and_come_back(r):
    """With no inotify watch left it is fanotify that has to say so."""
    if r.back_end == "inotify":
        return
    r.mkdir("a/b")
    watches = len(r.path("a").split("/"))  # to there, which only leads to the next
    r.start("@/a/b/*", "@/z*/none/*", options=("--max-dirs", str(watches), "--poll", "3600"))
    for i in range(5):
        touch(r.path("a/b/f"))
        wait(lambda: label(r.path("a/b/f")) == WANT, "time %d" % i)
        if i % 2:
            os.rename(r.path("a/b"), r.path("gone%d" % i))
        else:
            shutil.rmtree(r.path("a/b"))
        r.mkdir("a/b")


# ---- scans -------------------------------------------------------------------------------------


def marks_of(r):
    """How many directories have a mark of fanotify."""
    return sum(text.count("fanotify ino:") for text in r.fanotify())


@case
def trees_by_a_pattern_have_a_limit(r):
    """Each is compared with whatever is made on their file system."""
    n = 1100
    t = r.mkdir("t")
    for i in range(n):
        os.mkdir(t + "/%d" % i)
    r.start("@/t/*/**")
    if r.back_end != "fanotify":  # then the others have marks of directories
        check(marks_of(r) <= 1024, "no more than that have marks")
    for i in range(n):
        os.mkdir(t + "/%d/sub" % i)
        touch(t + "/%d/sub/f" % i)
    wait(lambda: all(label(t + "/%d/sub/f" % i) == WANT for i in range(n)), "the others, too")


@case
def marks_by_a_pattern_have_a_limit(r):
    t = r.mkdir("t")
    for i in range(60):
        os.mkdir(t + "/%d" % i)
    r.start("@/t/*/f", options=("--max-dirs", "30", "--poll", "1"))
    check(marks_of(r) <= 30, "no more than --max-dirs")
    for i in range(60):
        touch(t + "/%d/f" % i)
    wait(lambda: all(label(t + "/%d/f" % i) == WANT for i in range(60)), "the others, too")


def build(path, branches, depth, files, uid):
    """Directories `depth` deep, with as many files and empty directories in each."""
    for _ in range(depth):
        path += "/deeper"
        os.makedirs(path)
        for i in range(files):
            touch(path + "/file%d" % i)
        for i in range(branches):
            os.mkdir(path + "/branch%d" % i)
    for root, dirs, names in os.walk(path.split("/deeper")[0]):
        for name in [root] + [root + "/" + n for n in dirs + names]:
            os.chown(name, uid, uid)
    return path


@case
def a_deep_chain_holds_up_nobody(r):
    """Below it there is a directory so large that a look through it takes long."""
    t, out = r.mkdir("t"), r.mkdir("out")
    huge = build(out + "/chain", 0, 22, 1, HOSTILE) + "/huge"
    os.mkdir(huge)
    os.chown(huge, HOSTILE, HOSTILE)
    for i in range(8000):
        touch(huge + "/%d" % i)
    build(out + "/quiet", 3, 5, 3, 0)
    r.start("@/t/**", options=("--dir-rate", "200", "--dir-burst", "50"))
    os.rename(out + "/chain", t + "/chain")
    wait(lambda: label(t + "/chain/deeper") == WANT, "it is at work on the one")
    os.rename(out + "/quiet", t + "/quiet")
    touch(t + "/name")
    wait(lambda: not unlabelled(t + "/quiet") and label(t + "/name") == WANT, "on the other, too")
    left = len(unlabelled(t + "/chain"))
    check(left > 2000, "others waited until of the large one only %d were left" % left)
    wait(lambda: not unlabelled(t), "all, in the end")


@case
def many_scans_hold_up_nobody(r):
    """More directories that take long than can be looked through at a time."""
    t, out = r.mkdir("t"), r.mkdir("out")
    for i in range(60):
        build(out + "/many%d" % i, 0, 1, 100, HOSTILE)
    build(out + "/quiet", 3, 5, 3, 0)
    r.start("@/t/**", options=("--dir-rate", "200", "--dir-burst", "50"))
    for i in range(60):
        os.rename(out + "/many%d" % i, t + "/many%d" % i)
    os.rename(out + "/quiet", t + "/quiet")
    wait(lambda: not unlabelled(t + "/quiet"), "the one that came last")
    left = len(unlabelled(t))
    check(left > 2000, "it waited until of the others only %d were left" % left)
    wait(lambda: not unlabelled(t), "all, in the end")


@case
def a_scan_goes_on_where_it_was(r):
    """Deeper than directories are held open, with more to be looked at on the way back."""
    t, out = r.mkdir("t"), r.mkdir("out")
    build(t + "/before", 5, 120, 20, HOSTILE)
    build(out + "/moved", 5, 120, 20, HOSTILE)
    r.start("@/t/**", options=("--rate", "0", "--dir-rate", "0"))
    wait(lambda: not unlabelled(t), "the first look")
    resource.prlimit(r.process.pid, resource.RLIMIT_NOFILE, (150, 150))
    os.rename(out + "/moved", t + "/moved")
    wait(lambda: not unlabelled(t), "all of what was moved in")
    check("cannot be" not in r.said(), "descriptors ran out")


@case
def directories_without_end_need_no_memory(r):
    """A million of them, on the scale of small limits."""
    t = r.mkdir("t")
    r.start("@/t/**", options=("--max-dirs", "40", "--max-names", "200", "--poll", "1", "--dir-rate",
                               "1000", "--dir-burst", "20"))
    os.chown(t, HOSTILE, HOSTILE)
    for i in range(3000):
        os.mkdir(t + "/%d" % i)
        touch(t + "/%d/f" % i)
        os.chown(t + "/%d" % i, HOSTILE, HOSTILE)
    wait(lambda: not unlabelled(t), "all are found in the end")
    most = r.status()["counts"].get("directories", 1e9)
    check(most < 200, "%d directories were known at a time" % most)


@case
def a_first_look_needs_no_memory(r):
    """There are many directories, far down."""
    t = r.mkdir("t")
    bottom = build(t + "/chain", 0, 40, 1, HOSTILE)
    for i in range(3000):
        os.mkdir(bottom + "/%d" % i)
        touch(bottom + "/%d/f" % i)
    r.start("@/t/**", options=("--max-dirs", "60", "--max-names", "200", "--poll", "3600"))
    wait(lambda: not unlabelled(t), "all")
    most = r.status()["counts"].get("directories", 1e9)
    check(most < 250, "%d directories were known at a time" % most)


@case
def a_directory_more_is_no_allowance_more(r):
    t, quiet = r.mkdir("t"), r.mkdir("quiet")
    os.chown(t, HOSTILE, HOSTILE)
    rate, burst = 100, 20
    r.start("@/t/**", "@/quiet/**", options=("--dir-rate", str(rate), "--dir-burst", str(burst)))
    begin = time.monotonic()
    for i in range(400):
        os.mkdir(t + "/%d" % i)
        os.chown(t + "/%d" % i, HOSTILE, HOSTILE)
        for k in range(10):
            touch(t + "/%d/%d" % (i, k))
    touch(quiet + "/f")
    wait(lambda: label(quiet + "/f") == WANT, "others do not wait")
    done = r.count("relabelled")
    most = 2 * (burst + rate * (time.monotonic() - begin))
    # what is found in a scan costs a quarter
    check(done < 4 * most + 100, "%d names were labelled, at most %d had been paid for" % (done, most))


@case
def who_makes_many_directories_waits_longer(r):
    """In a tree where each may make his own; their owners are known before they are opened."""
    if r.back_end == "inotify":
        return  # all directories are made in one, which has its own limit
    t = r.mkdir("t")
    os.chmod(t, 0o1777)
    r.start("@/t/**", options=("--dir-rate", "50", "--dir-burst", "10"))

    def make(names, uid):
        pid = os.fork()
        if pid == 0:
            try:
                os.chdir(t)
                os.setuid(uid)
                for name in names:
                    os.mkdir(name)
                    touch(name + "/f")
                os._exit(0)
            finally:
                os._exit(1)
        check(os.waitpid(pid, 0)[1] == 0, "they could not be made")

    make(map(str, range(1000)), HOSTILE)
    make(["quiet"], HOSTILE - 1)
    wait(lambda: label(t + "/quiet/f") == WANT, "another one's")
    left = sum(label(t + "/%d/f" % i) != WANT for i in range(1000))
    check(left > 500, "he waited until of the others only %d were left" % left)


# ---- much of it --------------------------------------------------------------------------------


@big
def events_are_lost(r):
    d, t = r.mkdir("d"), r.mkdir("t/u")
    r.start("@/d/*", "@/t/**", options=("--rate", "0", "--dir-rate", "0"))
    with open("/proc/sys/fs/inotify/max_queued_events") as f:
        most = int(f.read())
    r.stop_it()
    for i in range(most // 2 + 2000):
        touch(d + "/%d" % i)
        touch(t + "/%d" % i)
    r.mkdir("t/v/w")
    touch(r.path("t/v/w/f"))
    r.send(signal.SIGCONT)
    wait(lambda: label(r.path("t/v/w/f")) == WANT and not unlabelled(d) and
         not unlabelled(r.path("t")), "nothing is lost in the end")
    check(r.count("overflows") >= 1, "there was no overflow")
    check("events were lost" in r.said(), "it was not said")
    touch(r.path("t/v/w/g"))
    wait(lambda: label(r.path("t/v/w/g")) == WANT, "and it goes on")


@big
def a_hundred_thousand_names(r):
    d = r.mkdir("d")
    n = 100000
    r.start("@/d/*", options=("--rate", "0", "--dir-rate", "0"))
    for i in range(n):
        touch(d + "/%d" % i)
    wait(lambda: label(d + "/%d" % (n - 1)) == WANT, "the last one")
    wait(lambda: not unlabelled(d), "all")


@big
def ten_thousand_directories(r):
    t = r.mkdir("t")
    for i in range(100):
        for k in range(100):
            os.makedirs(t + "/%d/%d" % (i, k))
    r.start("@/t/**")
    wait(lambda: not unlabelled(t), "the first look")
    for i in range(100):
        touch(t + "/%d/%d/f" % (i, i))
    wait(lambda: not unlabelled(t), "files here and there")
    memory = r.memory()
    check(r.instrumented() or memory <= 24, "it takes %.1f MiB" % memory)
    print("  10,000 directories: %.1f MiB" % memory)
