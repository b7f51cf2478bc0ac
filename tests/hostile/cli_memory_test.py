#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""cli_memory_test.py SOTER MODULE -- the command when memory runs out.

Goal: whichever single allocation fails, ours or a library's, the command either
answers as if nothing had happened or ends with status 2 and one line.  It never
crashes, and no verdict is another one than before.  A diagnosis may find less.

MODULE is the shared module made of cli_memory.c.  Starts in the root of the
checkout; prints TAP.
"""

import json
import os
import re
import subprocess
import sys

SOTER = sys.argv[1] if len(sys.argv) > 1 else os.environ["SOTER"]
MODULE = sys.argv[2] if len(sys.argv) > 2 else os.environ["SOTER_MEMORY"]
V = "tests/vectors"
K = f"{V}/classic-salt20/authkey-10115-pay"
C = f"{V}/chain/authkey-10316-pay"
LINES = {
    "an AuthKey": ["verify", "authkey", "--class", "test", "--signed",
                   f"{K}.json", "--sig", f"{K}.sig", "--key",
                   f"{V}/keys/ask-a-10115.pem", "--other-key",
                   f"x={V}/keys/attk-a.pem"],
    "an ASK by roots": ["verify", "ask", "--json", "--class", "test",
                        "--signed", f"{V}/classic-salt20/ask-10115.bin",
                        "--roots", f"{V}/roots.jsonl"],
    "an AuthKey under a chain": ["explain", "authkey", "--class", "test",
                                 "--signed", f"{C}.json", "--sig", f"{C}.sig",
                                 "--key", f"{V}/chain/ask.json",
                                 "--profile-root",
                                 f"{V}/keys/vendor-root.pem"],
    "a refusal, diagnosed": ["explain", "authkey", "--json", "--class", "test",
                             "--signed", f"{V}/negative/damage/bom.json",
                             "--sig", f"{K}.sig", "--key",
                             f"{V}/keys/ask-a-10115.pem"],
    "a chain, looked at": ["inspect", "--json", f"{V}/chain/ask.json"],
    "one code": ["explain", "--json", "salt"],
    "all codes": ["errors", "--json"],
}
LONG = os.environ.get("SOTER_TEST_SIZE") == "long"
ENDS = 120  # allocations at both ends of a run that are all made to fail
STEP = 17   # of those between, each so manieth: most are the library's start


def run(line, fail_at=None):
    env = dict(os.environ, LC_ALL="C")
    if fail_at is not None:
        env.update(LD_PRELOAD=MODULE, SOTER_FAIL_AT=str(fail_at))
    return subprocess.run([SOTER] + line, capture_output=True, env=env,
                          check=False)


def is_same(done, good):
    """The same end; of a refusal the verdict counts, not the hints."""
    if done.returncode != good.returncode or done.stderr:
        return False
    if done.returncode == 1:
        return (json.loads(done.stdout)["word"] ==
                json.loads(good.stdout)["word"])
    return done.stdout == good.stdout


def judge(line):
    """What went wrong, and how often memory ran out."""
    good = run(line)
    hit = 0
    total = int(run(line, -1).stderr.split()[-1])
    for number in range(total):
        if not LONG and ENDS < number < total - ENDS and number % STEP:
            continue
        done = run(line, number)
        if is_same(done, good):
            continue
        hit += 1
        if done.returncode != 2:
            return f"allocation {number}: status {done.returncode}", hit
        if done.stdout:
            return f"allocation {number}: half an answer", hit
        if not re.fullmatch(rb"soter: [^\n]*[;:] [^\n]*\n", done.stderr):
            return f"allocation {number}: says {done.stderr}", hit
    return None, hit


def main():
    rows = failed = 0
    with open(SOTER, "rb") as program:
        if b"__asan_init" in program.read():
            print("1..0 # SKIP a sanitizer has an allocator of its own")
            return 0
    for name, line in LINES.items():
        wrong, hit = judge(line)
        rows += 1
        if wrong is None and hit == 0:
            wrong = "no failure was noticed"
        if wrong is not None:
            failed += 1
            print(f"# {wrong}")
        print(f"{'not ' if wrong else ''}ok {rows} - {name}, {hit} failures")
    print(f"1..{rows}")
    return 1 if failed else 0


sys.exit(main())
