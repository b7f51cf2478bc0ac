#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tee_ledger_test.py BUILD LEDGER SOTER [ROUNDS] -- soter-teed is killed at
any moment, whole or a TA alone, while tee_ledger.c makes keys, enrols, signs;
afterwards everything that it was told is held against the TEE, and everything
that was signed is verified.

A kill is not a power cut: what was written stays.  That no sync is missing is
shown by tests/unit/store_cut_test.c; here it is the order of steps in the TAs
and their storage."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, 'tests')
import teehost  # noqa: E402

ACTS = ['sign k0', 'sign k1', 'miss', 'key k1', 'drop k1', 'enrol index',
        'remove index', 'key k2', 'ask', 'key k0', 'key k1', 'wipe', 'ask',
        'key k0']
AWAY = 3

rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    for fault in faults:
        print('# ' + fault.replace('\n', '\n# '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def start(folder):
    """The TEE, with this user in every role."""
    roles = {f'soter.role.{role}': os.getuid()
             for role in ('service', 'factory', 'enroller')}
    return teehost.Tee(build, folder, roles, development=False)


def keep(*acts, **options):
    command = [ledger, book, *' '.join(acts).split()]
    return subprocess.Popen(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, **options)


def end(process, *good):
    """What is wrong with how it ended."""
    text, _ = process.communicate()
    bad = re.findall('^(?:not ok|#).*', text, re.M)
    if process.returncode in good and process.returncode != 0:
        return []
    return bad or ([] if process.returncode == 0 else
                   [f'exit status {process.returncode}\n{text}'])


def cut(tee, acts):
    """Start some acts, and kill what answers them in the midst."""
    process = keep(*acts)
    time.sleep(chance.random() * 0.4)
    pids = tee.pids()
    for pid in pids if chance.random() < 0.5 else pids[2:]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return end(process, AWAY, 1)


def verify(signed, kind, *options):
    run = subprocess.run([soter, 'verify', kind, '--signed', signed, '--class',
                          'test', *options], capture_output=True, text=True,
                         check=False)
    return [] if run.returncode == 0 else [f'{signed}: {run.stdout}']


def check_signatures():
    """Every blob, below the key that stood above it then."""
    faults, seen, ask, keys = [], set(), None, {}
    with open(f'{book}/roots', 'w', encoding='ascii') as roots, \
            open(f'{book}/attk.pem', encoding='ascii') as pem:
        pem, device = pem.read(), None
        for line in open(f'{book}/ledger', encoding='ascii'):
            word, counter, kind, *rest = line.split() + ['', '']
            if word != 'counter':
                continue
            blob = f'{book}/{counter}.bin'
            if counter in seen:
                faults.append(f'counter {counter} twice')
            seen.add(counter)
            if not os.path.exists(blob):
                continue  # killed in between
            if kind == 'ask':
                ask = blob
                text = open(blob, 'rb').read()[4:-256]
                if device is None:
                    device = json.loads(text)['cpu_id']
                    roots.write(json.dumps({
                        'device_id': device, 'attk_version': 1,
                        'pub_pem': pem, 'class': 'test',
                        'status': 'active'}) + '\n')
                    roots.flush()
                faults += verify(blob, 'ask', '--roots', f'{book}/roots')
            elif kind == 'key':
                keys[rest[1]] = blob
                faults += verify(blob, 'authkey', '--key', ask)
            else:
                faults += verify(blob, 'result', '--key', keys[rest[1]],
                                 '--challenge', 'to be signed')
    row(f'all of {len(seen)} signed texts verify, each with its own counter',
        *faults, *([] if seen else ['there are none']))


build, ledger, soter = sys.argv[1:4]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 12
chance = random.Random(4711)
with tempfile.TemporaryDirectory() as tmp:
    os.chmod(tmp, 0o755)
    book = f'{tmp}/book'
    os.makedirs(book)
    with start(tmp) as tee:
        os.environ['SOTER_TEE_SOCKET'] = tee.socket
        row('a device', *end(keep('root pin enrol thumb ask key k0 key k1')))
    for i in range(rounds):
        acts = [ACTS[(i + k) % len(ACTS)] for k in range(3)]
        with start(tmp) as tee:
            row('what was promised is there', *end(keep()))
            row('killed during ' + ', '.join(acts), *cut(tee, acts))
    with start(tmp):
        row('what was promised is there', *end(keep()))
        row('and it goes on', *end(keep('ask key k0 sign k0')))
    check_signatures()
print(f'1..{rows}')
sys.exit(failed > 0)
