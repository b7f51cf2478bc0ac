#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""device_kill_test.py BUILD -- SIGKILL at any moment, of app, soterd, soter-teed.

Goal: whatever was killed while keys were made or a result was signed, the next
init ends in a state from which authorise works: a key that counts as ready is
one that the server has, no other key is left in the TEE, and nobody waits for
longer than was said.

SOTER_TEST_SEED repeats a run; SOTER_TEST_SIZE=long makes it 500 rounds.
"""
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, 'tests')
from devrig import Backend, Device, Run  # noqa: E402

ROUNDS = {'short': 4, 'long': 500}.get(os.environ.get('SOTER_TEST_SIZE'), 12)
LIMIT_S = 40  # of one command; the library's own limits are below that
TASKS = (('prepare',), ('prepare', '--anew'), ('authorise',))
rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:1500].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


class App:
    """soter device in the background, with a finger at hand."""

    def __init__(self, *words):
        self.begin = time.monotonic()
        self.words = words
        self.run = Run(device, [
            f'{build}/src/cli/soter', 'device', *words, '--json', '--server',
            server.url(), '--status-dir', state])
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def follow(self):
        self.status = self.run.wait()

    def kill(self):
        self.run.process.kill()

    def end(self):
        """What it answered; nothing if it was killed."""
        self.thread.join(LIMIT_S)
        self.took = time.monotonic() - self.begin
        self.is_late = self.thread.is_alive()
        if self.is_late:
            self.kill()
            self.thread.join()
        said = '\n'.join(self.run.said)
        self.answer = json.loads(said[said.index('{'):]) if '{' in said else {}
        return self.answer

    def fault(self, code):
        if self.is_late:
            return f'{self.words}: still there after {LIMIT_S} s'
        if self.answer.get('code') != code:
            return f'{self.words}: not {code}: {self.run.said}'
        return None


def do(*words):
    app = App(*words)
    app.end()
    return app


# ---------------------------------------------------------------------------

def kill_tee():
    for pid in device.tee.pids():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    device.tee.process.wait()


def kill_soterd():
    device.soterd.process.kill()
    device.soterd.process.wait()


def hurt(app, victims):
    """Kill them, one after the other; those that serve come back."""
    for victim in victims:
        time.sleep(chance.choice((0, 0, 0.01, 0.1)))
        if victim == 'app':
            app.kill()
        elif victim == 'soterd':
            kill_soterd()
            device.soterd.__enter__()
        else:
            kill_tee()
            device.tee.__enter__()


def written():
    """The rows of the status file: name to number."""
    try:
        with open(f'{state}/soter_status') as file:
            lines = [line.split() for line in file.read().splitlines()]
    except FileNotFoundError:
        return {}
    return {line[0]: int(line[1]) for line in lines
            if len(line) == 2 and line[0] not in ('soter_status', 'sum')}


def orphans():
    """Keys that are in the TEE, and should not; after an init."""
    has_ask, names = device.names()
    rows_now = written()
    asks = [r for name, r in rows_now.items() if '_scene' not in name]
    faults = []
    if has_ask != (asks == [0]):
        faults.append(f'ASK {has_ask}, status {asks}')
    if names and not has_ask:
        faults.append(f'AuthKeys without an ASK: {names}')
    faults += [f'{name}: status {rows_now[name]}' for name in names
               if rows_now.get(name, 0) != 0]
    faults += [f'{name}: status 0, but no key' for name, r in rows_now.items()
               if '_scene' in name and r == 0 and name not in names]
    return '; '.join(faults), bool(names)


def one_round(i):
    words = chance.choice(TASKS)
    victims = chance.sample(('app', 'soterd', 'soter-teed'),
                            chance.choice((1, 1, 1, 2, 3)))
    after = chance.random() * chance.choice((0.02, 0.2, 1))
    app = App(*words)
    time.sleep(after)
    hurt(app, victims)
    app.end()
    late = f'{words}: still there after {LIMIT_S} s' if app.is_late else None
    again = do('init')
    fault, has_key = orphans()
    more = [again.fault(0), fault]
    if has_key:  # it counts as ready: so it is
        more.append(do('authorise').fault(0))
    for words_now in (('prepare',), ('authorise',)):
        more.append(do(*words_now).fault(0))
    row(f'round {i}: {" and ".join(victims)} after {after:.3f} s of '
        f'{" ".join(words)}', late, *more)


build = os.path.realpath(sys.argv[1])
seed = int(os.environ.get('SOTER_TEST_SEED') or
           random.SystemRandom().randrange(1 << 32))
print(f'# SOTER_TEST_SEED={seed}')
chance = random.Random(seed)
with tempfile.TemporaryDirectory(prefix='soter.') as folder:
    os.chmod(folder, 0o755)
    state = f'{folder}/state'
    with Device(build, f'{folder}/device') as device:
        root = device.provision()
        device.enrol()
        with Backend(build, f'{folder}/backend', [root]) as server:
            for number in range(1, ROUNDS + 1):
                one_round(number)
print(f'1..{rows}')
sys.exit(failed > 0)
