#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tee_attack_test.py BUILD ATTACK ROLES LEDGER -- the attackers of
tee_attack.c and tee_roles.c on a soter-teed of our own.  Other users only where
this runs as root."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, 'tests')
import teehost  # noqa: E402

GROUP, STRANGER = 64102, 64103

rows = failed = 0


def rows_of(*command):
    """Run a program; its rows become ours."""
    global rows, failed
    run = subprocess.run(command, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False)
    lines = run.stdout.splitlines()
    if run.returncode != 0:
        lines.append(f'not ok - {" ".join(command)}: {run.returncode}')
    for line in lines:
        ok, _, name = line.partition(' - ')
        if ok.startswith(('ok ', 'not ok')):
            rows += 1
            failed += ok.startswith('not')
            print(f'{ok.split("ok")[0]}ok {rows} - {name}')
        elif not line.startswith('1..'):
            print('# ' + line.removeprefix('# '))


def device(folder, development, attackers):
    roles = {f'soter.role.{role}': os.getuid()
             for role in ('service', 'factory', 'enroller')}
    os.makedirs(f'{folder}/book')
    with teehost.Tee(build, folder, roles, development=development,
                     group=GROUP if os.getuid() == 0 else None) as tee:
        os.environ['SOTER_TEE_SOCKET'] = tee.socket
        rows_of(ledger, f'{folder}/book', 'root', 'ask')
        for attacker in attackers:
            rows_of(*attacker)


build, attack, roles, ledger = sys.argv[1:]
with tempfile.TemporaryDirectory() as tmp:
    os.chmod(tmp, 0o755)
    others = [(roles, 'stranger', f'{STRANGER}:{GROUP}')]
    device(f'{tmp}/strict', False,
           [(attack,)] + (others if os.getuid() == 0 else []))
    if os.getuid() == 0:
        device(f'{tmp}/development', True,
               [(roles, 'own', f'{STRANGER}:{GROUP}')])
print(f'1..{rows}')
sys.exit(failed > 0)
