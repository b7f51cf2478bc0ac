#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tam_kill_test.py BUILD BACKEND -- SIGKILL at any moment, of both processes of
soter-tamd, of `soter tam`, and of the database.

Goal: while roots are taken in and tenants change, whoever dies, whatever was
acknowledged is there afterwards, once; what was not is there whole or not at
all; and the audit trail is whole and tells of every root and of every tenant.

SOTER_TEST_SEED repeats a run; SOTER_TEST_SIZE=long makes it 200 rounds.
"""
import base64
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, 'tests')
import pg  # noqa: E402
from tamload import Root  # noqa: E402
from tamrig import INTAKE, Tam  # noqa: E402

ROUNDS = {'short': 3, 'long': 200}.get(os.environ.get('SOTER_TEST_SIZE'), 12)
SHOWN = 8  # intakes of a round that are looked at one by one
LIMIT_S = 40  # for anything to come back; the servers' limits are below that
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


def differs(what, got, want):
    return None if got == want else f'{what}: {got!r}, not {want!r}'


# ---- roots ----------------------------------------------------------------

class Bundle:
    """Roots that are sent together, again and again until there is an answer;
    nobody else sends them."""

    def __init__(self):
        self.roots = [Root(chance) for _ in range(chance.randint(1, 6))]
        self.is_acknowledged = False

    def lines(self):
        return ''.join(json.dumps(r.line()) + '\n' for r in self.roots)

    def take(self, results, allowed):
        """What was answered; each result has to be one of allowed."""
        self.is_acknowledged = True
        if len(results) != len(self.roots) or set(results) - set(allowed):
            self.fault(f'answered {results}')

    def fault(self, text):
        complaints.append(f'{self.roots[0].device_id}: {text}')


class Bringer(threading.Thread):
    """A factory: brings one bundle after the other, on one connection."""

    def __init__(self):
        super().__init__()
        self.bundles, self.is_over = [], False

    def run(self):
        connection = tam.connect('intake')
        connection.timeout = LIMIT_S
        while not self.is_over:
            bundle = Bundle()
            self.bundles.append(bundle)
            for again in range(3):
                try:
                    connection.request('POST', INTAKE, bundle.lines(), {
                        'Authorization': f'Bearer {factory}'})
                    answer = connection.getresponse()
                    body = answer.read()
                except (OSError, http.client.HTTPException):
                    return  # nobody knows
                if answer.status == 200:
                    results = [json.loads(line)['result']
                               for line in body.splitlines()]
                    # After a 503 some may be there.
                    bundle.take(results, ('ok', 'same') if again else ('ok',))
                    break
                if answer.status != 503:
                    bundle.fault(f'status {answer.status}')
                time.sleep(0.05)


# ---- verbs ----------------------------------------------------------------

class Operator(threading.Thread):
    """Runs verbs, one after the other, and keeps in mind what they said."""

    def __init__(self):
        super().__init__()
        self.is_over, self.process, self.bundles = False, None, []

    def verb(self, *words):
        """The answer, or None if there was none."""
        self.process = subprocess.Popen(
            [f'{build}/src/cli/soter', 'tam', *words, '--store', tam.where,
             '--json'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        said, complaint = self.process.communicate()
        if self.process.returncode == 0:
            return json.loads(said)
        if self.process.returncode > 0 and not said and not complaint:
            complaints.append(f'{words}: {self.process.returncode}')
        return None

    def run(self):
        while not self.is_over:
            appid = f'a{chance.randrange(6)}'
            known = tenants.get(appid)
            if chance.random() < 0.2:
                self.bring()
            elif known is None:
                self.add(appid)
            elif appid not in unsure:
                self.change(appid, known)

    def bring(self):
        bundle = Bundle()
        self.bundles.append(bundle)
        name = f'{folder}/roots-{len(self.bundles)}'
        with open(name, 'w') as file:
            file.write(bundle.lines())
        answer = self.verb('device', 'import', name, '--class', 'test')
        if answer is not None:
            bundle.take(['ok'] * answer['stored'] + ['same'] * answer['same'] +
                        ['refused'] * answer['refused'], ('ok',))

    def add(self, appid):
        unsure.add(appid)
        answer = self.verb('tenant', 'add', appid, '--class', 'test')
        if answer is not None:
            unsure.discard(appid)
            tenants[appid] = {'secret': answer['secret'], 'status': 'active'}

    def change(self, appid, known):
        what = chance.choice(('secret', 'suspend', 'resume', 'remove'))
        unsure.add(appid)
        answer = self.verb('tenant', what, appid)
        if answer is None:
            return
        unsure.discard(appid)
        if what == 'remove':
            tenants[appid] = None
        elif what == 'secret':
            known['secret'] = answer['secret']
        else:
            known['status'] = {'suspend': 'suspended',
                               'resume': 'active'}[what]


# ---- who dies -------------------------------------------------------------

def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def kill_tamd(which):
    """Of the two processes one, or the one that started them, or all."""
    parent, pids = tam.process.pid, tam.pids()
    for pid in {'public': pids[:1], 'intake': pids[1:], 'parent': [parent],
                'all': [parent] + pids}[which]:
        kill(pid)
    tam.process.wait(LIMIT_S)
    for pid in pids:
        until(lambda: not pg.is_alive(pid), f'process {pid} is left')
    tam.process = None


def kill_verb(operator):
    if operator.process is not None:
        operator.process.kill()


def kill_backend():
    """A process of the database: it takes all the others along."""
    pids = server.backends()
    if pids:
        kill(chance.choice(pids))


def until(is_so, otherwise):
    end = time.monotonic() + LIMIT_S
    while not is_so():
        if time.monotonic() > end:
            complaints.append(otherwise)
            return
        time.sleep(0.02)


def hurt(victim, operator):
    if victim == 'verb':
        kill_verb(operator)
    elif victim == 'postgres':
        server.kill()
    elif victim == 'backend':
        kill_backend()
    else:
        kill_tamd(victim)


def come_back():
    """Whoever died is started; whoever did not comes back by itself."""
    if server is not None:
        if server.process is None:
            server.start()
        until(server.is_ready, 'the database does not come back')
    if tam.process is None:
        tam.start()
    for role in 'public', 'intake':
        until(lambda: tam.admin('/readyz', role).status == 200,
              f'{role} does not come back')


# ---- what is there --------------------------------------------------------

def bring_again(bundle):
    """What was acknowledged is the same; the rest is taken now."""
    for _ in range(100):  # ready is who looks for changes, not yet the lane
        answer = tam.intake(factory, bundle.lines())
        if answer.status != 503:
            break
        time.sleep(0.1)
    if answer.status != 200:
        bundle.fault(f'brought again: {answer}')
        return
    was_acknowledged = bundle.is_acknowledged
    bundle.take([a['result'] for a in answer.lines()],
                ('same',) if was_acknowledged else ('ok', 'same'))


def hash_of(roots):
    """As the trail has it."""
    text = b''.join(r.device_id.encode() + b'\0' + r.bytes() for r in roots)
    return base64.b64encode(hashlib.sha256(text).digest()).decode()


def check_covered(bundle, audits, trail):
    """Each entry that roots name tells of exactly what was due when it was
    written: at first all of them, later those that did not get there."""
    due, choices = list(bundle.roots), []
    for number in sorted(set(audits.values())):
        choices.append(due)
        entry = trail.get(number)
        if entry is None or entry['what'] != 'roots.intake':
            bundle.fault(f'entry {number}: {entry}')
            return
        after = json.loads(entry['after'])
        named = [r for r in bundle.roots if audits[r.device_id] == number]
        if not any(after['sha256'] == hash_of(c) and after['roots'] == len(c)
                   and entry['subject'] == c[0].device_id and
                   set(named) <= set(c) for c in choices):
            bundle.fault(f'entry {number} is not about it: {entry}')
        due = [r for r in due if r not in named]


def check_bundle(bundle, trail):
    audits = {}
    for root in bundle.roots:
        status, shown = tam.verb('device', 'show', root.device_id)
        found = shown.get('roots', [])
        if status != 0 or len(found) != 1 or \
                found[0]['modulus_sha256'] != root.sha256() or \
                (found[0]['class'], found[0]['status']) != ('test', 'active'):
            bundle.fault(f'{root.device_id}: {shown}')
            return
        audits[root.device_id] = found[0]['audit_entry']
    check_covered(bundle, audits, trail)


def check_tenants(trail):
    """The tenants are what the trail says, and what was acknowledged."""
    listed = tam.verb('tenant', 'list')[1].get('tenants', [])
    told = {}
    for number in sorted(trail):
        entry = trail[number]
        if not entry['what'].startswith('tenant.'):
            continue
        appid = entry['subject']
        before, after = (json.loads(entry.get(k) or 'null')
                         for k in ('before', 'after'))
        if before != told.get(appid):
            complaints.append(f'entry {number}: not before: {entry}')
        told[appid] = after
    there = {t['appid']: t['status'] for t in listed}
    said = {a: x['status'] for a, x in told.items() if x is not None}
    if there != said:
        complaints.append(f'tenants {there}, the trail says {said}')
    for appid in list(unsure):  # now it is known whether it took place
        unsure.discard(appid)
        if appid not in there:
            tenants[appid] = None
        else:
            secret = tam.verb('tenant', 'secret', appid)[1]['secret']
            tenants[appid] = {'secret': secret, 'status': there[appid]}
    for appid, known in tenants.items():
        if (known or {}).get('status') != there.get(appid):
            complaints.append(f'{appid}: {there.get(appid)}, acknowledged '
                              f'{known}')


def check_secrets():
    for appid, known in tenants.items():
        want = 40013 if known is None else \
            48001 if known['status'] == 'suspended' else None
        secret = known['secret'] if known else '0' * 32
        got = None
        for _ in range(150):  # a change is known within a second
            got = tam.ask('GET', '/cgi-bin/token?grant_type=client_credential'
                          f'&appid={appid}&secret={secret}').json()
            if got.get('errcode') == want:
                break
            time.sleep(0.02)
        if got.get('errcode') != want:
            complaints.append(f'{appid} {known}: {got}')


def check_count():
    """Each device once, with one root; and of each root, whose it is."""
    stats, dump = tam.verb('stats')[1], f'{folder}/dump'
    roots = sum(stats['roots']['test'].values())
    if (stats['devices'], roots) != (devices, devices):
        complaints.append(f'{stats}, not {devices} devices')
    records = tam.verb('export', dump)[1]['records']
    os.unlink(dump)
    # Beside tenants and trail: its head, the token keys, and "known".
    others = stats['tenants'] + stats['audit_entries'] + 3
    if records != others + 2 * devices:
        complaints.append(f'{records} records; {others} and {devices} devices')


def check_all(bundles):
    global devices
    hit = [b for b in bundles if not b.is_acknowledged]
    for bundle in bundles:
        bring_again(bundle)
    checked = tam.verb('audit', 'check')
    if checked[0] != 0:
        complaints.append(f'the trail is not whole: {checked[1]}')
    trail = {e['number']: e for e in tam.verb('audit', 'list')[1]['entries']}
    # Those that were hit, and some of the others.
    others = [b for b in bundles if b not in hit]
    for bundle in hit + chance.sample(others, min(SHOWN, len(others))):
        check_bundle(bundle, trail)
    devices += sum(len(b.roots) for b in bundles)
    check_count()
    check_tenants(trail)
    check_secrets()


# ---------------------------------------------------------------------------

def one_round(number):
    victim, after = chance.choice(victims), chance.random() * 0.4
    complaints.clear()
    workers = [Bringer(), Bringer(), Operator()]
    for worker in workers:
        worker.start()
    time.sleep(after)
    hurt(victim, workers[-1])
    for worker in workers:
        worker.is_over = True
    for worker in workers:
        worker.join()
    come_back()
    bundles = [b for w in workers for b in w.bundles]
    sure = sum(b.is_acknowledged for b in bundles)
    check_all(bundles)
    row(f'round {number}: {victim} after {after:.3f} s: {sure} of '
        f'{len(bundles)} intakes acknowledged', *complaints[:8])


def finish():
    row('told to stop, it ends well', differs('status', tam.stop(), 0))


build, backend = os.path.realpath(sys.argv[1]), sys.argv[2]
if backend == 'postgresql' and not pg.is_there():
    print('1..0 # SKIP no PostgreSQL 15')
    sys.exit(0)
seed = int(os.environ.get('SOTER_TEST_SEED') or
           random.SystemRandom().randrange(1 << 32))
print(f'# SOTER_TEST_SEED={seed}')
chance = random.Random(seed)
victims = ['public', 'intake', 'intake', 'parent', 'all', 'verb', 'verb']
server, where = None, None
if backend == 'postgresql':
    victims += ['backend', 'postgres']
    server = pg.Server()
    server.start()
    where = server.database('tam')
folder = tempfile.mkdtemp(prefix='soter-')
devices, tenants, unsure, complaints = 0, {}, set(), []
try:
    tam = Tam(build, folder, where, plain=True)
    if where is not None:
        assert tam.verb('init')[0] == 0
    with tam:
        secret = tam.tenant('line', 'test', '--right', 'intake', '--rate',
                            '100000')
        factory = tam.token('line', secret, 'intake')
        for number in range(1, ROUNDS + 1):
            one_round(number)
        finish()
finally:
    if server is not None:
        server.__exit__()
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
