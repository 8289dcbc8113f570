#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""run: in the guest; all cases in turn, a line for each in each of its domains, and the sums.

    run.py --list    anywhere: their names and domains, and how many there are

A line that begins with "result" is for vm.py, which keeps it for the table in docs/SELINUX.md.
"""
import json
import sys
import time
import traceback

sys.dont_write_bytecode = True

import rig
import domains
import daemon  # pylint: disable=unused-import
import tools  # pylint: disable=unused-import
import refused  # pylint: disable=unused-import
import other  # pylint: disable=unused-import
import options  # pylint: disable=unused-import
import labels  # pylint: disable=unused-import
import users  # pylint: disable=unused-import
import denials  # pylint: disable=unused-import
import onboot


def outcome(case):
    """-> "ok", "FAIL", "wrong" (FAIL because of a label) or "skip", and why"""
    try:
        case.function()
    except rig.Skip as why:
        return "skip", str(why)
    except rig.WrongLabel as why:
        return "wrong", str(why)
    except rig.Failed as why:
        return "FAIL", str(why)
    except Exception:  # whatever it is, the next case comes
        return "FAIL", traceback.format_exc()
    return "ok", ""


def judged(case, result, why):
    """With programs that set nothing, a case that is about labels has to fail."""
    if rig.mode != "nothing":
        return "FAIL" if result == "wrong" else result, why
    if result == "wrong":
        return "ok", "(it fails, as it must)"
    return ("FAIL", "it passes with programs that set no label") if result == "ok" else (result, why)


def rival(case):
    """The case with Debian's daemon, which need not pass.  -> what is said of it"""
    rig.whose = "theirs"
    rig.denials_of("ours")
    result, why = outcome(case)
    rig.tidy(False)
    rig.denials_of("rival")
    rig.whose = "ours"
    return {"ok": "ok", "skip": "–"}.get(result, "no"), why.partition("\n")[0]


def in_words(by, about_labels, otherwise):
    """What rig.count() has summed up."""
    if by not in rig.told:
        return otherwise
    labelled, statuses = rig.told[by]
    status = "exit " + "/".join(map(str, sorted(statuses)))
    return "%d set, %s" % (labelled, status) if labelled or about_labels else status


def one(case, domain):
    """-> "ok", "FAIL" or "skip" """
    begin = time.monotonic()
    rig.told.clear()
    domains.enter(domain)
    result, why = judged(case, *outcome(case))
    rig.tidy(result == "FAIL")
    ours = in_words("ours", case.labels, {"skip": "–"}.get(result, result))
    theirs = in_words("theirs", case.labels, "–")
    if case.rival and result != "skip" and rig.mode != "nothing":
        theirs, why = rival(case)
        why = why and "(theirs: %s)" % why
    print("%-4s %-62s %5.1f s%s" % (result, "%s, %s" % (case.name, domain), time.monotonic() - begin,
                                    why and "  " + why))
    came_of_it = {"%s, %s" % (case.name, domain): {"ours": ours, "theirs": theirs}}
    print("result", json.dumps(came_of_it), flush=True)
    return result


def pairs():
    """Each case with each of its domains."""
    return [(case, domain) for case in rig.cases for domain in case.domains]


def tell_all():
    for case, domain in pairs():
        print("%s, %s" % (case.name, domain))
    print("%d cases, %d with their domains" % (len(rig.cases), len(pairs())))


def main():
    if sys.argv[1:] == ["--list"]:
        tell_all()
        return
    if rig.mode == "onboot":
        onboot.main()
        return
    if rig.mode == "modules":
        import modules
        modules.main()
        return
    if rig.mode == "bench":
        import bench
        bench.main()
        return
    rig.begin()
    domains.prepare()
    rig.denials_of("wanted")  # those of the installation
    chosen = [(c, d) for c, d in pairs() if not rig.chosen or c.name in rig.chosen]
    if rig.mode == "nothing":
        chosen = [(c, d) for c, d in chosen if c.labels and d == c.domains[0]]
    print("%d cases, %d with their domains" % (len({c.name for c, _ in chosen}), len(chosen)), flush=True)
    sums = {"ok": 0, "FAIL": 0, "skip": 0}
    for case, domain in chosen:
        sums[one(case, domain)] += 1
    print("%d passed, %d failed, %d skipped" % (sums["ok"], sums["FAIL"], sums["skip"]), flush=True)


if __name__ == "__main__":
    main()
