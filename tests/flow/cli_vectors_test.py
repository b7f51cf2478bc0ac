#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""cli_vectors_test.py [SOTER] -- every case of tests/vectors through the command.

Goal: what the manifest says of a case, its word, its number and its hints, is
what `soter verify --json` answers, with the exit status that belongs to it;
and `soter explain` puts the refusal at exactly one step of the way.

Starts in the root of the checkout; prints TAP.
"""

import json
import os
import subprocess
import sys

FOLDER = "tests/vectors"
SOTER = sys.argv[1] if len(sys.argv) > 1 else os.environ["SOTER"]


def options(case):
    """The command line of a case, as tests/vectors/README.md promises it."""
    want = case["options"]
    line = [case["link"], "--signed", f"{FOLDER}/{case['signed']}"]
    for member in ("sig", "key", "roots"):
        if member in case:
            line += [f"--{member}", f"{FOLDER}/{case[member]}"]
    for member, option in (("class", "--class"), ("cpu_id", "--cpu-id"),
                           ("uid", "--uid"), ("challenge", "--challenge"),
                           ("counter_above", "--counter-above")):
        if member in want:
            line += [option, str(want[member])]
    for fid in want.get("fids", []):
        line += ["--fid", fid]
    for row in want.get("deny", []):
        line += ["--deny", row]
    for other in case.get("also", []):
        line += ["--other-key", f"{other['name']}={FOLDER}/{other['key']}"]
    return line


def run(verb, case):
    """Exit status and answer; a crash or no JSON is an answer of its own."""
    done = subprocess.run([SOTER, verb, "--json"] + options(case),
                          capture_output=True, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    if done.stderr:
        print("#", done.stderr.decode(errors="replace").strip())
    return done.returncode, answer


def complain(what, got, want):
    if got == want:
        return 0
    print(f"# {what}: wanted {want}, got {got}")
    return 1


def check_verdict(case):
    status, answer = run("verify", case)
    want = case["expect"]
    is_good = want["number"] == 0
    bad = complain("exit status", status, 0 if is_good else 1)
    bad += complain("word", answer.get("word"), want["word"])
    bad += complain("number", answer.get("number"), want["number"])
    bad += complain("verified", answer.get("verified"), is_good)
    bad += complain("object", "object" in answer, is_good)
    hints = [hint["word"] for hint in answer.get("hints", [])]
    bad += complain("hints", sorted(hints), sorted(case["hints"]))
    return bad


def check_steps(case):
    """One step failed; all before it passed or were not asked for."""
    status, answer = run("explain", case)
    is_good = case["expect"]["number"] == 0
    states = [step["state"] for step in answer.get("steps", [])
              if step["state"] != "not_asked"]
    bad = complain("exit status of explain", status, 0 if is_good else 1)
    failed = states.count("failed")
    bad += complain("failed steps", failed, 0 if is_good else 1)
    if failed == 1:
        where = states.index("failed")
        if case["name"].startswith("negative/blob/"):
            bad += complain("the step of a blob that is none", where, 0)
        bad += complain("before", set(states[:where]) <= {"passed"}, True)
        bad += complain("behind", set(states[where + 1:]) <= {"not_reached"},
                        True)
    else:
        bad += complain("steps", set(states), {"passed"})
    return bad


def main():
    try:
        with open(f"{FOLDER}/manifest.jsonl", encoding="utf-8") as manifest:
            cases = [json.loads(line) for line in manifest]
    except OSError as error:
        print(f"not ok 1 - manifest.jsonl: {error.strerror}\n1..1")
        return 1
    failed = 0
    for number, case in enumerate(cases, 1):
        bad = check_verdict(case) + check_steps(case)
        failed += bad > 0
        print(f"{'not ' if bad else ''}ok {number} - {case['name']}")
    print(f"1..{len(cases)}")
    return 1 if failed or not cases else 0


sys.exit(main())
