#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""run: in the guest; all cases in turn, a line for each, and the sums."""
import sys
import time
import traceback

sys.dont_write_bytecode = True

import rig
import daemon  # pylint: disable=unused-import
import tools  # pylint: disable=unused-import
import refused  # pylint: disable=unused-import
import other  # pylint: disable=unused-import
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


def main():
    if rig.mode == "onboot":
        onboot.main()
        return
    if rig.mode == "modules":
        import modules
        modules.main()
        return
    rig.prepare()
    cases = [c for c in rig.cases if not rig.chosen or c.name in rig.chosen]
    if rig.mode == "nothing":
        cases = [c for c in cases if c.labels]
    sums = {"ok": 0, "FAIL": 0, "skip": 0}
    for case in cases:
        begin = time.monotonic()
        result, why = judged(case, *outcome(case))
        sums[result] += 1
        print("%-4s %-45s %5.1f s%s" % (result, case.name, time.monotonic() - begin,
                                        why and "  " + why), flush=True)
        rig.tidy(result == "FAIL")
    print("%d passed, %d failed, %d skipped" % (sums["ok"], sums["FAIL"], sums["skip"]), flush=True)


if __name__ == "__main__":
    main()
