#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tam_crowd_test.py BUILD -- a crowd at the public listener of a TAM.

Goal: 2,000 idle and 50 slow connections, malformed and oversized requests and
floods, all at once, over HTTP and HTTPS: each of them is answered or cut within
the named limits, while a client that asks verify_ask, token and is_support sees
no error.  Memory is bounded, and printed; afterwards everything is as before.
"""
import concurrent.futures
import json
import os
import re
import shutil
import ssl
import sys
import tempfile
import threading
import time

sys.path.insert(0, 'tests')
import httpraw  # noqa: E402
import lies  # noqa: E402
from httpraw import Raw, request, wait_for  # noqa: E402
from taprows import differs, done, row, skip  # noqa: E402
from tamload import Phone  # noqa: E402
from tamrig import IS_SUPPORT, TOKEN, VERIFY_ASK, Tam  # noqa: E402

SLOW = bool(os.environ.get('SOTER_TEST_SLOW'))
SOURCES = [f'127.0.0.{i}' for i in range(2, 6)]  # of who is idle
ELSEWHERE, GREEDY = '127.0.0.6', '127.0.0.7'
READS_NOT, FLOODS, PIPELINE = 6, 2, 2000
BUSY = 1000  # answers for the honest client, at least
MORE_MS = 4 if SLOW else 1
LIMITS = {'handshake_ms': 2000 * MORE_MS, 'header_ms': 2000 * MORE_MS,
          'body_ms': 2000 * MORE_MS, 'write_ms': 2000 * MORE_MS}
MODEL = ('<deviceinfo><MANUFACTURER name="ACME"><MODEL name="X"></MODEL>'
         '</MANUFACTURER></deviceinfo>')
with open('src/net/limits.h') as limits:
    LOG_PER_S = int(re.search(r'NET_LOG_PER_S\s+(\d+)', limits.read())[1])


def no(truth, why):
    return None if truth else why


# ---- the server, seen from outside ----------------------------------------

class Public:
    """The public process of a TAM."""

    def __init__(self, tam):
        self.tam, self.port = tam, tam.ports['public']
        self.tls = None if tam.plain else httpraw.client_context()
        self.pid = next(pid for pid in tam.pids() if 'tamd-public' in
                        open(f'/proc/{pid}/comm').read())

    def connect(self, **where):
        return Raw(self.port, self.tls, **where)

    def metric(self, name):
        text = self.tam.admin('/metrics').body.decode()
        return sum(int(line.rsplit(' ', 1)[1]) for line in text.splitlines()
                   if line.startswith(name + ' '))

    def ended(self, why):
        return self.metric(
            f'soter_net_connections_ended_total{{why="{why}"}}')

    def connections(self):
        return self.metric('soter_net_connections')

    def files(self):
        """Descriptors, without that of a connection that just ends."""
        found = []
        for _ in range(20):
            found.append(len(os.listdir(f'/proc/{self.pid}/fd')))
            time.sleep(0.01)
        return min(found)

    def memory_kib(self, what='VmRSS'):
        return lies.memory_kib(self.pid, what)


class Honest(threading.Thread):
    """Asks what a backend asks, with keep-alive and now and then anew."""

    def __init__(self, public, secret, token, phone):
        super().__init__(daemon=True)
        self.public, self.is_over = public, False
        self.done, self.faults = 0, []
        self.turn = [
            (request(f'{VERIFY_ASK}?access_token={token}',
                     phone.body().encode()),
             lambda a: a == {'is_verified': True, 'attk_version': 1}),
            (request(f'{TOKEN}?grant_type=client_credential&appid=shop'
                     f'&secret={secret}'), lambda a: 'access_token' in a),
            (request(f'{IS_SUPPORT}?access_token={token}', json.dumps(
                {'model_key': MODEL, 'sdk_version': 2}).encode()),
             lambda a: a == {'is_support': True, 'support_type': 1})]

    def round(self):
        """All three, on a connection of their own."""
        with self.public.connect() as c:
            for _ in range(10):
                for asked, is_right in self.turn:
                    c.send(asked)
                    answer = c.answer()
                    if answer is None or answer.status != 200 or \
                            not is_right(json.loads(answer.body)):
                        self.faults.append(f'{asked[:60]}: {answer!r}')
                        return
                    self.done += 1

    def run(self):
        while not self.is_over and len(self.faults) < 20:
            try:
                self.round()
            except (OSError, httpraw.Broken) as error:
                self.faults.append(repr(error))


# ---- who is slow ----------------------------------------------------------

def said(answer):
    return answer and answer.status


def head(public):
    return said(lies.drip(public.port, lies.get(TOKEN)[:-2] + b'A: ',
                          lies.LETTERS, public.tls, source=ELSEWHERE))


def body(public):
    return said(lies.drip(public.port, lies.post(IS_SUPPORT) +
                          b'Content-Length: 9000\r\n\r\n', lies.LETTERS,
                          public.tls, source=ELSEWHERE))


def half(public):
    """Half of a request, and then an end."""
    with public.connect(source=ELSEWHERE) as c:
        c.send(lies.get(TOKEN)[:20])
        c.end()
        return said(c.answer())


def hello(public):
    """TLS, or a request's line, byte by byte; the last one does not come."""
    first = lies.client_hello() if public.tls else lies.get('/' + 'a' * 4000)
    return said(lies.drip(public.port, b'', first[:-1], source=ELSEWHERE))


def reads_not(public):
    """Asks, and leaves the answers where they are."""
    flood = lies.get('/nothing') * 1000
    with public.connect(source=ELSEWHERE) as c:
        for _ in range(200):
            if not c.send(flood):
                return None
    return 'everything was taken'


SLOW_ONES = [('a head byte by byte', head, lambda tls: 408),
             ('a body byte by byte', body, lambda tls: 408),
             ('half of a request, and an end', half, lambda tls: None),
             ('TLS, or a request line, byte by byte', hello,
              lambda tls: None if tls else 408)]
OF_EACH = (lies.SLOW - READS_NOT) // len(SLOW_ONES)
LASTING = lies.SLOW - OF_EACH  # a half that ends is cut at once


# ---- who is in a hurry ----------------------------------------------------

def malformed(public):
    """Those of `lies` that were not refused, or not ended."""
    wrong = []
    for what, status, data in lies.hostile(TOKEN):
        with public.connect(source=ELSEWHERE) as c:
            c.send(data + (lies.get(TOKEN) if status != 431 else b''))
            answer = c.answer()
            if said(answer) != status or not c.is_over():
                wrong.append(f'{what}: {answer!r}, not {status}')
    return wrong


def garbage(public):
    """In the place of TLS, or of HTTP."""
    for data in (os.urandom(3000), request(), b'\x16\x03\x01\xff\xff' +
                 b'\1' * 70000, b'\x15\x03\x01\x00\x02\x02\x28') * 5:
        with Raw(public.port, source=ELSEWHERE) as c:
            c.send(data)
            if public.tls is None:
                c.end()
            while c.more():
                pass
    return []


def pipeline(public, token):
    """Everything at once; and all of it is answered."""
    asked = request(f'{IS_SUPPORT}?access_token={token}', json.dumps(
        {'model_key': MODEL, 'sdk_version': 2}).encode())
    with public.connect(source=ELSEWHERE) as c:
        c.flood(asked * PIPELINE)
        got = [said(c.answer()) for _ in range(PIPELINE)]
    return [f'answer {i}: {s}' for i, s in enumerate(got) if s != 200]


def settled(what, future):
    """What became of it, or that it did not end."""
    try:
        return future.result()
    except (OSError, httpraw.Broken) as error:
        return f'{what}: {error!r}'


# ---- all of them ----------------------------------------------------------

def open_idle(public, n):
    """Half of them have asked before: what that took is given back."""
    held = []
    for i in range(n):
        held.append(public.connect(source=SOURCES[i % len(SOURCES)]))
        if i % 2:
            held[-1].send(lies.get('/nothing'))
            held[-1].answer()
    return held


def storm(public, token, name, idle):
    """The slow ones and the floods, beside those who are idle."""
    with concurrent.futures.ThreadPoolExecutor(
            lies.SLOW + FLOODS + 2) as pool:
        slow = [(what, want, pool.submit(run, public))
                for what, run, want in SLOW_ONES for _ in range(OF_EACH)]
        stuck = [pool.submit(reads_not, public) for _ in range(READS_NOT)]
        floods = [pool.submit(pipeline, public, token) for _ in range(FLOODS)]
        lied = [pool.submit(f, public) for f in (malformed, garbage)]
        there = wait_for(lambda: public.connections() >= idle + LASTING)
        for what, _, want in SLOW_ONES:
            row(f'{name}: {what}: {want(public.tls) or "cut"}',
                *[differs(settled(what, f), want(public.tls))
                  for w, _, f in slow if w == what])
        row(f'{name}: who does not read his answers is cut',
            *[settled('reads not', f) for f in stuck])
        row(f'{name}: {PIPELINE} requests at once: all are answered',
            *[s for f in floods for s in settled('pipeline', f)])
        row(f'{name}: malformed and oversized: refused, and ended',
            *[s for f in lied for s in settled('malformed', f)])
    row(f'{name}: all of them at the same time as {idle} who are idle',
        no(there, f'{public.connections()} connections'))


def greed(public, name, most, each, held):
    """One address takes all that it can, and there is no room for it."""
    full, evicted = public.ended('peer_full'), public.ended('evicted')
    more = []
    for _ in range(each + 50):
        try:
            more.append(public.connect(source=GREEDY))
        except (OSError, ssl.SSLError):
            pass  # as it should
    row(f'{name}: one address gets {each} connections',
        no(wait_for(lambda: public.ended('peer_full') - full >= 50),
           f'{public.ended("peer_full") - full} of 50 were refused'))
    now = public.connections()
    row(f'{name}: who was idle longest gives way: {most} are there at most',
        no(now <= most, f'{now} connections'),
        no(public.ended('evicted') > evicted and held[0].is_over(),
           'the first one is still there'))
    return more


def bound_kib(idle, is_tls):
    """What the limits allow a crowd to take."""
    each = lies.IDLE_KIB[is_tls]
    slow = each + (lies.limit('NET_HEAD_MAX') +
                   lies.limit('SOTER_SIGNED_MAX', 'src/wire/limits.h')) / 1024
    flood = each + (lies.limit('NET_HELD_MAX') + lies.limit('NET_QUEUED_MAX') +
                    2 * lies.limit('NET_TURN_MAX')) / 1024
    return int(idle * each + lies.SLOW * slow + (FLOODS + READS_NOT) * flood)


def crowd(name, plain, idle):
    each = idle // len(SOURCES) + 100
    most = idle + each - 100
    with Tam(build, f'{folder}/{name}', plain=plain, public=dict(
            LIMITS, connections=most, peer_connections=each)) as tam:
        secret, token = tenants(tam)
        public = Public(tam)
        honest = Honest(public, secret, token, phone)
        honest.round()
        row(f'{name}: an honest client is served', *honest.faults)
        wait_for(lambda: public.connections() == 1)  # the one that asks that
        before = public.files(), public.connections(), public.memory_kib()
        honest.start()
        held = open_idle(public, idle)
        with_idle = public.memory_kib()
        storm(public, tam.token('flood', tam.tenant('flood')), name, idle)
        held += greed(public, name, most, each, held)
        wait_for(lambda: honest.done >= BUSY or honest.faults)
        during, peak = public.memory_kib(), public.memory_kib('VmHWM')
        honest.is_over = True
        honest.join()
        row(f'{name}: the honest client sees no error ({honest.done} answers)',
            no(honest.done >= BUSY, f'{honest.done} answers'), *honest.faults)
        for c in held:
            c.close()
        wait_for(lambda: public.connections() == before[1])
        row(f'{name}: connections and descriptors go back',
            differs((public.files(), public.connections()), before[:2]))
        honest.round()
        row(f'{name}: and it answers as before', *honest.faults)
        after, most_kib = public.memory_kib(), bound_kib(idle, not plain)
        print(f'# {name}: KiB resident: {before[2]} before, {with_idle} with '
              f'{idle} idle, {during} with all, {peak} at most, {after} '
              f'afterwards; the limits allow {before[2]} + {most_kib}')
        row(f'{name}: memory is bounded by the limits',
            *[no(kib - before[2] <= most_kib or SLOW, f'{kib} KiB')
              for kib in (during, peak, after)])


def tenants(tam):
    """The honest one's secret and token; its phone is known."""
    rules = f'{tam.folder}/rules'
    with open(rules, 'w') as file:
        file.write('{"id":"acme","maker":"ACME","verdict":"allow",'
                   '"support_type":1,"date":"2026-11-26"}\n')
    assert tam.verb('model', 'import', rules)[0] == 0
    secret = tam.tenant('shop', 'test', '--rate', '1000000')
    line = tam.token('line', tam.tenant('line', 'test', '--right', 'intake'),
                     'intake')
    assert tam.intake(line, [phone.line()]).lines()[0]['result'] == 'ok'
    token = tam.token('shop', secret)
    query = json.dumps({'model_key': MODEL, 'sdk_version': 2})
    assert wait_for(lambda: tam.ask(
        'POST', f'{IS_SUPPORT}?access_token={token}', query).json().get(
            'is_support'))
    return secret, token


def silence():
    """Who says nothing more is let go."""
    with Tam(build, f'{folder}/silence', public={'idle_ms': 500}) as tam:
        public = Public(tam)
        held = open_idle(public, 20)
        row('HTTPS: who is idle for too long is let go, without a word',
            *[no(c.is_over(), 'more came') for c in held])
        for c in held:
            c.close()


def flood():
    """Whoever has no token can be refused as often as he likes."""
    with Tam(build, f'{folder}/flood', plain=True) as tam:
        began = time.monotonic()
        with Raw(tam.ports['public']) as c:
            for _ in range(3000):
                c.send(request(f'{IS_SUPPORT}?access_token=x', b'x'))
                c.answer()
        seconds = int(time.monotonic() - began) + 2  # begun ones
        lines = sum('"event":"refused"' in line for line in tam.said())
        row('a flood of refusals does not fill the disk',
            None if 0 < lines <= seconds * LOG_PER_S else
            f'{lines} lines in {seconds} seconds')


# Passes on what a program says, until it is ready; then it reads no more.
DEAF = """
import os, signal, subprocess, sys
with subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE) as program:
    def end(*_):
        program.stderr.close()
        program.terminate()
    signal.signal(signal.SIGTERM, end)
    for line in program.stderr:
        os.write(2, line)
        if b'soter-tamd: ready' in line:
            break
    sys.exit(program.wait())
"""


def deaf():
    """A refusal is a line, and nobody reads the log any more."""
    with Tam(build, f'{folder}/deaf', plain=True,
             under=(sys.executable, '-c', DEAF)) as tam:
        answers = 0
        try:
            with Raw(tam.ports['public']) as c:
                for _ in range(3000):
                    c.send(request(f'{IS_SUPPORT}?access_token=x', b'x'))
                    answers += said(c.answer()) == 200
        except OSError as error:
            print(f'# after {answers} answers: {error!r}')
        lost = tam.admin('/metrics').body.decode() if answers == 3000 else ''
        row('nobody reads the log: everybody is answered all the same',
            differs(answers, 3000))
        row('how many lines were lost can be seen', no(
            re.search(r'^soter_net_log_lost_total [1-9]', lost, re.M), 'no'))


# ---------------------------------------------------------------------------

build = os.path.realpath(sys.argv[1])
folder = tempfile.mkdtemp(prefix='soter.')
phone = Phone()
idle_ones = lies.IDLE if not SLOW else 500
may_have = lies.open_files(2 * idle_ones + 1000) - 1000
try:
    for protocol, is_plain in (('HTTP', True), ('HTTPS', False)):
        crowd(protocol, is_plain, min(idle_ones, may_have))
    silence()
    flood()
    deaf()
finally:
    shutil.rmtree(folder, ignore_errors=True)
if may_have < lies.IDLE:
    skip(f'{lies.IDLE} idle connections',
         f'{idle_ones} on a slow machine' if SLOW else
         f'RLIMIT_NOFILE allows {may_have}')
done()
