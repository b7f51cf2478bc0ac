#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tam_outage_test.py BUILD -- the database goes, and comes back, while everybody
asks.

Goal: while PostgreSQL is stopped, killed or stands still, whoever asks for what
lies there gets 503 and when to come again, within the limit that is named;
never a wrong verdict, and nobody hangs.  What is known by heart, tokens and
is_support, goes on.  /readyz says so.  When it is back, so is the server, in
the same process; and whatever was acknowledged is there.
"""
import http.client
import json
import os
import random
import re
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, 'tests')
import pg  # noqa: E402
from tamload import Phone, Root  # noqa: E402
from tamrig import INTAKE, IS_SUPPORT, TOKEN, VERIFY_ASK, Tam  # noqa: E402

SIZE = os.environ.get('SOTER_TEST_SIZE')
TIMES = {'long': 20}.get(SIZE, 1)
DOWN_S = {'long': 10}.get(SIZE, 1)
ASKERS, BRINGERS = 4, 2
LIMIT_S = 60  # to come back, on a busy machine
rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults[:8]:
        print('# ' + str(fault)[:1500].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def limit_s(name, file):
    """A named limit, which is in milliseconds there."""
    with open(file) as text:
        return int(re.search(rf'#define {name}\s+(\d+)', text.read())[1]) / 1000


# ---- who asks -------------------------------------------------------------

class Client(threading.Thread):
    """Asks on one keep-alive connection, again and again, and keeps count."""

    def __init__(self):
        super().__init__()
        self.is_over, self.faults = False, []
        self.done, self.later, self.longest_s = 0, 0, 0.0

    def run(self):
        connection = tam.connect(self.role)
        while not self.is_over:
            begin = time.monotonic()
            try:
                method, path, body, headers = self.request()
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(f'{type(self).__name__}: cut: {error!r}')
                connection.close()
                connection = tam.connect(self.role)
                continue
            took = time.monotonic() - begin
            self.longest_s = max(self.longest_s, took)
            if answer.status == 503:
                self.later += 1
                self.check_later(answer, text)
                time.sleep(0.05)
            else:
                self.done += 1
                self.check(answer.status, text)

    def check_later(self, answer, text):
        after = answer.headers.get('Retry-After', '')
        if not after.isdigit() or not 1 <= int(after) <= 60:
            self.faults.append(f'Retry-After: {after!r}')
        if json.loads(text).get('errcode') != -1:
            self.faults.append(f'503 {text}')


class Asker(Client):
    """verify_ask: a genuine ASK, and one of a device that nobody knows."""
    role = 'public'

    def __init__(self):
        super().__init__()
        self.is_genuine = False

    def request(self):
        self.is_genuine = not self.is_genuine
        return ('POST', f'{VERIFY_ASK}?access_token={shop}',
                phone.body() if self.is_genuine else phone.foreign(), {})

    def check(self, status, text):
        want = {'is_verified': True, 'attk_version': 1} if self.is_genuine \
            else {'errcode': 90005, 'errmsg': 'no ATTK for this device_id'}
        if status != 200 or json.loads(text) != want:
            self.faults.append(f'a wrong verdict: {status} {text}')


class Rememberer(Client):
    """What the server knows by heart."""
    role = 'public'

    def __init__(self):
        super().__init__()
        self.is_token = False

    def request(self):
        self.is_token = not self.is_token
        if self.is_token:
            return ('GET', f'{TOKEN}?grant_type=client_credential&appid=shop'
                    f'&secret={secret}', None, {})
        return ('POST', f'{IS_SUPPORT}?access_token={shop}',
                json.dumps({'model_key': MODEL, 'sdk_version': 2}), {})

    def check(self, status, text):
        if status != 200 or ('access_token' if self.is_token else
                             'support_type') not in json.loads(text):
            self.faults.append(f'not from memory: {status} {text}')

    def check_later(self, answer, text):
        self.faults.append(f'not from memory: 503 {text}')


class Bringer(Client):
    """Roots; what was acknowledged is kept."""
    role = 'intake'

    def __init__(self):
        super().__init__()
        self.roots, self.acknowledged = None, []

    def request(self):
        if self.roots is None:
            self.roots = [Root(random) for _ in range(3)]
        return ('POST', INTAKE, ''.join(json.dumps(r.line()) + '\n'
                                        for r in self.roots),
                {'Authorization': f'Bearer {factory}'})

    def check(self, status, text):
        results = {json.loads(line)['result'] for line in text.splitlines()}
        # Without an answer, nobody knew whether they had been stored.
        if status != 200 or not results <= {'ok', 'same'}:
            self.faults.append(f'intake: {status} {text}')
        self.acknowledged += self.roots
        self.roots = None


MODEL = ('<deviceinfo><MANUFACTURER name="ACME"><MODEL name="X"></MODEL>'
         '</MANUFACTURER></deviceinfo>')


def clients():
    found = [Asker() for _ in range(ASKERS)] + \
        [Bringer() for _ in range(BRINGERS)] + [Rememberer()]
    for client in found:
        client.start()
    return found


def progress(them, kind):
    """How much was done by now."""
    return sum(c.done for c in them if isinstance(c, kind))


def until(is_so):
    end = time.monotonic() + LIMIT_S
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def states():
    return [tam.admin('/readyz', role).status for role in ('public', 'intake')]


# ---- what happens ---------------------------------------------------------

def outage(what, go, come):
    before, at = tam.pids(), os.path.getsize(tam.log)
    them = clients()
    started = until(lambda: all(c.done > 0 for c in them))
    go()
    saw = until(lambda: states() == [503, 503])
    refused = until(lambda: all(c.later > 0 for c in them
                                if not isinstance(c, Rememberer)))
    memory = progress(them, Rememberer)
    time.sleep(DOWN_S)
    memory = progress(them, Rememberer) - memory
    come()
    ready = until(lambda: states() == [200, 200])
    done = progress(them, (Asker, Bringer))
    again = until(lambda: all(c.done > 0 for c in them) and
                  progress(them, (Asker, Bringer)) > done + 50)
    for client in them:
        client.is_over = True
    for client in them:
        client.join()
    longest = {kind: max(c.longest_s for c in them if isinstance(c, kind))
               for kind in (Asker, Bringer, Rememberer)}
    row(f'{what}: {sum(c.done for c in them)} answers, '
        f'{sum(c.later for c in them)} times 503',
        None if started else 'not everybody was served before',
        None if refused else 'not everybody got 503',
        *[f for c in them for f in c.faults])
    row(f'{what}: nobody waited for longer than the limits say (' + ', '.join(
        f'{kind.role} {s:.1f} s' for kind, s in longest.items()) + ')',
        *[f'{kind.__name__}: {s} s, not {limits_s[kind]} s'
          for kind, s in longest.items() if s > limits_s[kind]])
    row(f'{what}: tokens and is_support go on from memory',
        None if memory > 10 else f'{memory} answers in {DOWN_S} s')
    row(f'{what}: /readyz says so, and takes it back',
        None if saw else f'ready all the time: {states()}',
        None if ready else f'not ready again: {states()}')
    said = [sum(f'"event":"{event}"' in line for line in tam.said(at))
            for event in ('known_no_more', 'known_again')]
    row(f'{what}: the log of both says so, and not each time: {said}',
        None if 2 <= said[0] < 10 and 2 <= said[1] < 10 else said)
    row(f'{what}: it comes back by itself, in the same processes',
        None if again else f'nothing done after {LIMIT_S} s',
        None if tam.pids() == before else f'{tam.pids()}, not {before}')
    there(what, [r for c in them if isinstance(c, Bringer)
                 for r in c.acknowledged])


def there(what, roots):
    """Every acknowledged root, and the whole trail."""
    faults, end = [], time.monotonic() + LIMIT_S
    for at in range(0, len(roots), 100):
        some = roots[at:at + 100]
        answer = tam.intake(factory, [r.line() for r in some])
        while answer.status == 503 and time.monotonic() < end:
            time.sleep(0.1)  # /readyz speaks of another connection
            answer = tam.intake(factory, [r.line() for r in some])
        if answer.status != 200:
            faults.append(answer)
            continue
        faults += [a for a in answer.lines() if a['result'] != 'same']
    row(f'{what}: every acknowledged root is there ({len(roots)})', *faults,
        None if roots else 'none was acknowledged')
    status, answer = tam.verb('audit', 'check')
    row(f'{what}: the audit trail is whole', None if status == 0 else answer)


def alone():
    """With nobody asking, a lost connection is made anew all the same."""
    server.stop()
    until(lambda: states() == [503, 503])
    # Each lane learns that its connection is lost.
    ask = ('POST', f'{VERIFY_ASK}?access_token={shop}', phone.body())
    lost = [tam.ask(*ask).status, tam.intake(factory, [phone.line()]).status]
    server.start()
    until(lambda: states() == [200, 200])
    time.sleep(5)  # more than the longest pause between two attempts
    found = [tam.ask(*ask).status, tam.intake(factory, [phone.line()]).status]
    row('with nobody asking meanwhile, the first request is served',
        None if lost == [503, 503] else f'{lost} while it was down',
        None if found == [200, 200] else f'{found} when it was back')


def emptied():
    """Another database under its name, without a store: that is no store
    without roots."""
    server.sql('postgres', 'ALTER DATABASE tam ALLOW_CONNECTIONS false')
    server.sql('postgres', "SELECT pg_terminate_backend(pid) FROM "
               "pg_stat_activity WHERE datname = 'tam'")
    server.sql('postgres', 'ALTER DATABASE tam RENAME TO aside')
    server.sql('postgres', 'CREATE DATABASE tam')


def put_back():
    server.sql('postgres', 'DROP DATABASE tam WITH (FORCE)')
    server.sql('postgres', 'ALTER DATABASE aside RENAME TO tam')
    server.sql('postgres', 'ALTER DATABASE tam ALLOW_CONNECTIONS true')


def renamed():
    """A table that is not there, on connections that are."""
    server.sql('tam', 'ALTER TABLE soter_roots RENAME TO aside')
    answers = [tam.ask('POST', f'{VERIFY_ASK}?access_token={shop}', body)
               for body in (phone.body(), phone.foreign())]
    answers.append(tam.intake(factory, [phone.line()]))
    server.sql('tam', 'ALTER TABLE aside RENAME TO soter_roots')
    until(lambda: tam.verify(shop, phone.ask, phone.signature).status == 200)
    row('without the table of roots: 503, and no verdict',
        *[a for a in answers if a.status != 503])


def same_version():
    """A standby took over that had not seen the last change; the next one
    there has the version of the one that was lost."""
    def verified():
        return tam.verify(shop, phone.ask, phone.signature).json().get(
            'is_verified')
    before, = server.sql('tam', "SELECT value FROM soter_tenants"
                         " WHERE key = 'shop'::bytea")
    assert tam.verb('tenant', 'suspend', 'shop')[0] == 0
    suspended = until(lambda: not verified())
    server.sql('tam', f"UPDATE soter_tenants SET value = '{before}'"
               " WHERE key = 'shop'::bytea; UPDATE soter_meta SET value ="
               " 'another'::bytea WHERE key = 'known'::bytea")
    row('another change of the same version is known, too',
        None if suspended else 'the first one was not',
        None if until(verified) else 'still suspended')


build = os.path.realpath(sys.argv[1])
if not pg.is_there():
    print('1..0 # SKIP no PostgreSQL 15')
    sys.exit(0)
# The public listener waits for the store; the intake does it one request after
# the other, until it takes the connection for lost.  And the machine is busy.
BUSY_S = 3
limits_s = {
    Asker: limit_s('TAM_STORE_MS', 'src/tam/lane.h') + BUSY_S,
    Bringer: limit_s('STORE_MS', 'src/tam/intakeapp.c') +
    limit_s('STORE_PG_SILENCE', 'src/store/pg.h') + BUSY_S,
    Rememberer: BUSY_S,
}
folder = tempfile.mkdtemp(prefix='soter-')
phone = Phone()
try:
    with pg.Server() as server:
        where = server.database('tam')
        tam = Tam(build, folder, where, plain=True)
        assert tam.verb('init')[0] == 0
        with open(f'{folder}/rules', 'w') as file:
            file.write('{"id":"acme","maker":"ACME","verdict":"allow",'
                       '"support_type":1,"date":"2026-11-26"}\n')
        assert tam.verb('model', 'import', f'{folder}/rules')[0] == 0
        with tam:
            secret = tam.tenant('shop', 'test', '--rate', '100000')
            factory = tam.token('line', tam.tenant(
                'line', 'test', '--right', 'intake', '--rate', '100000'),
                'intake')
            shop = tam.token('shop', secret)
            assert tam.intake(factory, [phone.line()]).status == 200
            for _ in range(TIMES):
                outage('stopped', server.stop, server.start)
                if SIZE == 'long':  # else tam_kill_test.py does
                    outage('killed', server.kill, server.start)
                outage('frozen', lambda: server.freeze(True),
                       lambda: server.freeze(False))
                outage('without the store', emptied, put_back)
            renamed()
            same_version()
            alone()
            row('told to stop, it ends well',
                None if tam.stop() == 0 else 'it did not')
finally:
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
