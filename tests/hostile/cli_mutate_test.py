#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""cli_mutate_test.py [SOTER] -- broken files of every kind, at every place.

Goal: whatever a file holds, the command ends with one of its three statuses:
an answer and nothing on standard error, or one line on standard error and no
answer.  No changed file is ever verified, and no control byte comes out.

The changes come from one seed, so that each run is the same.  Starts in the
root of the checkout; prints TAP.
"""

import os
import random
import subprocess
import sys
import tempfile

SOTER = sys.argv[1] if len(sys.argv) > 1 else os.environ["SOTER"]
LONG = os.environ.get("SOTER_TEST_SIZE") == "long"
EACH = 400 if LONG else 25  # changed files per row
V = "tests/vectors"
G = f"{V}/classic-salt20"

# What is changed, and the command lines that read it as FILE.
ROWS = [
    ("a result", f"{G}/result-10115-pay.json", [
        ["verify", "result", "--no-challenge", "--class", "test", "--signed",
         "FILE", "--sig", f"{G}/result-10115-pay.sig", "--key",
         f"{V}/keys/authkey-a-10115-pay.pem"],
        ["explain", "result", "--no-challenge", "--signed", "FILE", "--sig",
         f"{G}/result-10115-pay.sig", "--key",
         f"{V}/keys/authkey-a-10115-pay.pem"]]),
    ("an AuthKey", f"{G}/authkey-10115-pay.json", [
        ["verify", "authkey", "--json", "--class", "test", "--signed", "FILE",
         "--sig", f"{G}/authkey-10115-pay.sig", "--key",
         f"{V}/keys/ask-a-10115.pem"]]),
    ("an ASK by roots", f"{G}/ask-10115.json", [
        ["explain", "ask", "--class", "test", "--signed", "FILE", "--sig",
         f"{G}/ask-10115.sig", "--roots", f"{V}/roots.jsonl"]]),
    ("an export blob", f"{G}/authkey-10115-pay.bin", [
        ["explain", "authkey", "--class", "test", "--signed", "FILE",
         "--key", f"{V}/keys/ask-a-10115.pem"]]),
]
# Here a change may not matter: white space around certificates, a line end
# behind a signature, or a file for which the person at the keyboard vouches.
LENIENT = [
    ("a signature", f"{G}/authkey-10115-pay.b64", [
        ["explain", "authkey", "--class", "test", "--signed",
         f"{G}/authkey-10115-pay.json", "--sig", "FILE", "--key",
         f"{V}/keys/ask-a-10115.pem"]]),
    ("a chain", f"{V}/chain/ask.json", [
        ["explain", "ask", "--class", "test", "--signed", "FILE", "--key",
         f"{V}/keys/vendor-root.pem"],
        ["verify", "authkey", "--class", "test", "--signed",
         f"{V}/chain/authkey-10316-pay.json", "--sig",
         f"{V}/chain/authkey-10316-pay.sig", "--key", "FILE",
         "--profile-root", f"{V}/keys/vendor-root.pem"]]),
    ("a key", f"{V}/keys/ask-a-10115.pem", [
        ["verify", "authkey", "--class", "test", "--signed",
         f"{G}/authkey-10115-pay.json", "--sig",
         f"{G}/authkey-10115-pay.sig", "--key", "FILE"]]),
    ("roots", f"{V}/roots.jsonl", [
        ["verify", "ask", "--class", "test", "--signed",
         f"{G}/ask-10115.json", "--sig", f"{G}/ask-10115.sig", "--roots",
         "FILE"]]),
    ("a certificate", f"{V}/chain/leaf.der", [
        ["verify", "authkey", "--class", "test", "--signed",
         f"{V}/chain/authkey-10316-pay.json", "--sig",
         f"{V}/chain/authkey-10316-pay.sig", "--key", "FILE"]]),
]
INSPECT = [["inspect", "FILE"], ["inspect", "--json", "FILE"]]
TOKENS = [b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud800", b",",
          b":", b"null", b"1e99", b"-1", b"\0", b"\x1b[31m", b"\xff", b"\r",
          b"\n", b"-----BEGIN ", b"-----END ", b'"certs":', b'"raw":',
          b"\xc2\x9b", b"9223372036854775808", b"\x30\x84\xff\xff\xff\xff"]


def change(source, data):
    """One to four changes; never the same bytes again."""
    out = bytearray(data)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(out) + 1)
        kind = source.randrange(6)
        if kind == 0 and at < len(out):
            out[at] ^= 1 << source.randrange(8)
        elif kind == 1:
            del out[at:at + source.randint(1, 40)]
        elif kind == 2:
            out[at:at] = source.choice(TOKENS)
        elif kind == 3:
            out[at:at + 1] = source.choice(TOKENS)
        elif kind == 4:
            other = source.randrange(len(out) + 1)
            out[at:at] = out[other:other + source.randint(1, 80)]
        else:
            del out[at:]
        if not out:
            out = bytearray(b"x")
    return bytes(out) if bytes(out) != data else change(source, data)


def judge(done, may_verify):
    """What is wrong with this end, or None."""
    answer, error = done.stdout, done.stderr
    if done.returncode not in (0, 1, 2):
        return f"status {done.returncode}: {error[-300:]}"
    if done.returncode == 2:
        if answer or error.count(b"\n") != 1 or error[:7] != b"soter: ":
            return f"status 2, but not one line: {answer[:80]} {error}"
    elif error or not answer:
        return f"status {done.returncode}, and on standard error: {error}"
    if any(c < 0x20 and c != 0x0a or c >= 0x7f for c in answer + error):
        return f"bytes that a terminal obeys: {answer + error}"
    if done.returncode == 0 and not may_verify:
        return "a changed file was verified"
    return None


def check(path, name, lines, may_verify):
    with open(name, "rb") as file:
        data = file.read()
    source = random.Random(name)
    for number in range(EACH):
        changed = change(source, data)
        with open(path, "wb") as file:
            file.write(changed)
        for line in lines:
            done = subprocess.run(
                [SOTER] + [path if word == "FILE" else word for word in line],
                capture_output=True, check=False,
                env=dict(os.environ, LC_ALL="C"))
            wrong = judge(done, may_verify or line[0] == "inspect")
            if wrong is not None:
                print(f"# change {number}: {' '.join(line)}: {wrong}")
                print(f"# {changed[:400]!r}")
                return False
    return True


def main():
    rows = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for table, may_verify in ((ROWS, False), (LENIENT, True)):
            for what, name, lines in table:
                good = check(f"{folder}/file", name, lines + INSPECT,
                             may_verify)
                rows += 1
                failed += not good
                print(f"{'' if good else 'not '}ok {rows} - {what}, changed "
                      f"in {EACH} ways")
    print(f"1..{rows}")
    return 1 if failed else 0


sys.exit(main())
