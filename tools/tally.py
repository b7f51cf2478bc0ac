#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tally.py FILE... -- count rows of TAP; the harness of `make check`.

FILE is Meson's testlog.json (one test program a line) or plain TAP.  Prints
what failed and why rows were skipped, then "rows: PASSED FAILED SKIPPED".  A
program that crashed, printed no plan or another number of rows than planned
is one more failed row, and so is a file without any test.
"""

import collections
import json
import re
import sys

ROW = re.compile(r"(not )?ok\b\s*\d*\s*(?:- )?(.*?)(?:\s+#\s*(\w+)\S*\s*(.*))?$")
PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?$", re.I)

passed = 0
failed = []
skipped = collections.Counter()


def read_tap(program, text, status):
    """Count the rows of one program; status is None if it is not known."""
    global passed
    planned = None
    rows = bad = 0
    notes = []
    for line in text.splitlines():
        plan = PLAN.match(line)
        row = ROW.match(line)
        if plan:
            planned = int(plan[1])
            if planned == 0 and plan[2] is not None:
                skipped[plan[2]] += 1
                return
        elif row:
            rows += 1
            negative, name, directive, reason = row.groups()
            if negative:
                bad += 1
                failed.append([f"{program}: {name}"] + notes[-8:])
            elif (directive or "").lower() == "skip":
                skipped[reason or name] += 1
            else:
                passed += 1
            notes = []
        elif line.startswith("#"):
            notes.append(line)
    if line_of_death(status):
        failed.append([f"{program}: {line_of_death(status)}"] + notes[-8:])
    elif planned is None:
        failed.append([f"{program}: printed no plan"])
    elif planned == 0:
        failed.append([f"{program}: tested nothing"])
    elif planned != rows:
        failed.append([f"{program}: planned {planned} rows, printed {rows}"])
    elif status and not bad:
        failed.append([f"{program}: no row failed, but exit status {status}"])


def line_of_death(status):
    """A sentence if this is not how our programs end."""
    if status is None or status in (0, 1):
        return None
    if status < 0 or status > 128:
        return f"killed by signal {-status if status < 0 else status - 128}"
    return f"exit status {status}"


def read_meson(path):
    programs = 0
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            programs += 1
            name = test["name"].split(" / ")[-1]
            before = len(failed)
            if test["result"] == "TIMEOUT":
                failed.append([f"{name}: no end within the time limit"])
            else:
                read_tap(name, test["stdout"] or "", test["returncode"])
            if len(failed) > before:
                errors = (test.get("stderr") or "").splitlines()
                failed[-1] += ["# " + e for e in errors[:30] if e]
    if programs == 0:
        failed.append([f"{path}: no tests"])


def main(paths):
    for path in paths:
        try:
            if path.endswith(".json"):
                read_meson(path)
            else:
                with open(path, encoding="utf-8") as tap:
                    name = path.split("/")[-1].split(".")[0]
                    read_tap(name, tap.read(), None)
        except OSError as error:
            failed.append([f"{path}: no tests were run: {error.strerror}"])
    for lines in failed:
        print("FAILED", lines[0])
        for note in lines[1:]:
            print("   ", note)
    for reason, count in sorted(skipped.items()):
        print(f"skipped {count}: {reason}")
    print(f"rows: {passed} {len(failed)} {sum(skipped.values())}")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
