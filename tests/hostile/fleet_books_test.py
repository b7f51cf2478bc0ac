#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""fleet_books_test.py SOTER_FLEET -- the books of a load run under a server
that lies, breaks and stalls.

The server counts for itself what it read and what it answered; whatever it
does, what soter-fleet reports must be the same numbers, and its sums must
agree.
"""
import json
import os
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

FLEET = sys.argv[1]
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'

rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:900].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def differs(what, got, want):
    return None if got == want else f'{what}: {got!r}, not {want!r}'


def answer(status=200, body='{}', more=''):
    return (f'HTTP/1.1 {status} x\r\n{more}Content-Length: {len(body)}'
            f'\r\n\r\n{body}').encode()


class Server:
    """behave(connection, number, head, body): what to do with a request.

    It sends what it likes; what it gives back is the name of a count, and
    whether the connection goes on.
    """

    def __init__(self, behave, tls=None):
        self.behave, self.tls = behave, tls
        self.lock = threading.Lock()
        self.read = self.connections = self.resumed = 0
        self.counts = {}
        self.open = set()
        self.socket = socket.create_server(('127.0.0.1', 0), backlog=512)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.stop()

    def stop(self):
        """As if it had died: nobody listens, and all connections end."""
        # A thread that waits in accept() would keep the port open.
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        with self.lock:
            for c in self.open:
                try:
                    c.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def accept(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(c,),
                             daemon=True).start()

    def serve(self, c):
        try:
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                c = self.tls.wrap_socket(c, server_side=True)
            with self.lock:
                self.connections += 1
                self.resumed += bool(self.tls and c.session_reused)
                self.open.add(c)
            self.talk(c)
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.open.discard(c)
            c.close()

    def talk(self, c):
        data = b''
        while True:
            while b'\r\n\r\n' not in data:
                got = c.recv(65536)
                if not got:
                    return
                data += got
            head, data = data.split(b'\r\n\r\n', 1)
            length = 0
            for line in head.split(b'\r\n'):
                if line.lower().startswith(b'content-length:'):
                    length = int(line.split(b':')[1])
            while len(data) < length:
                data += c.recv(65536)
            body, data = data[:length], data[length:]
            with self.lock:
                number = self.read
                self.read += 1
            try:
                what, goes_on = self.behave(c, number, head.decode(), body)
            except OSError:
                what, goes_on = 'gone', False
            with self.lock:
                self.counts[what] = self.counts.get(what, 0) + 1
            if not goes_on:
                return self.leave(c, what)

    def leave(self, c, what):
        """Unread requests would turn the end into a reset, which may destroy
        answers that are still on their way."""
        if what == 'reset':
            return
        c.shutdown(socket.SHUT_WR)
        while c.recv(65536):
            pass

    def count(self, what):
        """How often; waits for those who have answered, but not counted."""
        for _ in range(1000):
            with self.lock:
                if sum(self.counts.values()) == self.read:
                    break
            time.sleep(0.01)
        return self.counts.get(what, 0)


def run(port, *options, scheme='http', status=0, **more):
    """What soter-fleet reports, and a fault if it ended otherwise."""
    try:
        done = subprocess.run(
            [FLEET, 'run', '--url', f'{scheme}://127.0.0.1:{port}', '--json',
             *options], capture_output=True, text=True, timeout=120,
            check=False, **more)
    except subprocess.TimeoutExpired:
        return None, 'it did not end'
    fault = differs('exit status', done.returncode, status)
    if fault:
        fault += f': {done.stderr}'
    try:
        return json.loads(done.stdout), fault
    except ValueError:
        return None, fault or f'no JSON: {done.stdout!r} {done.stderr!r}'


def sums(x):
    """The first line of the books, by our own arithmetic."""
    if x is None:
        return None
    parts = [x] + list(x['kinds'].values())
    for part in parts:
        if part['sent'] != (part['answered'] + part['lost'] +
                            part['unanswered']):
            return f'sums: {part}'
        if sum(part['status'].values()) != part['answered']:
            return f'statuses: {part}'
        if sum(part['lost_by'].values()) != part['lost']:
            return f'losses: {part}'
        if part['accepted'] + part['refused'] != part['answered']:
            return f'accepted and refused: {part}'
    for name in ('sent', 'answered', 'lost', 'unanswered', 'refused'):
        if sum(p[name] for p in parts[1:]) != x[name]:
            return f'sum of {name} over the kinds: {x}'
    if sum(r['n'] for r in x['reasons']) != x['refused']:
        return f'reasons: {x["reasons"]}'
    if x['due'] != x['sent'] + x['unsent']:
        return f'due: {x}'
    return differs('books_agree', x['books_agree'], True)


def expect(what, server, options, scheme='http', **want):
    """A row: run, and compare what is reported with what is wanted."""
    x, fault = run(server.port, *options, scheme=scheme)
    if x is None:
        return row(what, fault)
    want = {k: v() if callable(v) else v for k, v in want.items()}
    return row(what, fault, sums(x),
               *[differs(k, x.get(k), v) for k, v in want.items()])


def send(c, data, what='answered', goes_on=True):
    c.sendall(data)
    return what, goes_on


N = ('--max', '--requests', '240', '--connections', '6')


# ---- who answers ------------------------------------------------------------

def honest():
    with Server(lambda c, *_: send(c, OK)) as s:
        expect('an honest server', s, N, sent=240, answered=240, lost=0,
               unanswered=0, unexpected=0, status={'200': 240}, surplus=0)
        row('and it has seen as many', differs('read', s.read, 240))

    def mixed(c, number, *_):
        status, body, what = (
            (200, '{"errcode":0}', 'yes'),
            (500, '', '500'),
            (503, '{"reason":{"word":"store_busy"}}', 'busy'),
            (200, '{"errcode":90005}', '90005'),
            (404, '{}', '404'))[number % 5]
        return send(c, answer(status, body), what)

    with Server(mixed) as s:
        x, fault = run(s.port, *N)
        found = {(r['status'], r['reason']): r['n'] for r in x['reasons']}
        row('each refusal under its reason', fault, sums(x),
            differs('reasons', found,
                    {(500, 'http'): 48, (503, 'http store_busy'): 48,
                     (200, '90005'): 48, (404, 'http'): 48}),
            differs('accepted', x['accepted'], s.count('yes')),
            differs('unexpected', x['unexpected'], 240 - 48))

    with Server(lambda c, *_: send(c, answer(500, 'no'))) as s:
        expect('a server that always says 500', s, N, answered=240,
               refused=240, unexpected=240, status={'500': 240})
        _, fault = run(s.port, *N, '--strict', status=1)
        row('for which --strict ends with 1', fault)

    def slowly(c, *_):
        for i in range(len(OK)):
            c.sendall(OK[i:i + 1])
        return 'answered', True

    with Server(slowly) as s:
        expect('a byte at a time', s, N, answered=240, lost=0)

    big = answer(200, 'x' * 700000)
    with Server(lambda c, *_: send(c, big)) as s:
        expect('a long answer', s,
               ('--max', '--requests', '20', '--connections', '2'),
               answered=20, lost=0)

    said = answer(more='Connection: close\r\n')
    with Server(lambda c, *_: send(c, said, goes_on=False)) as s:
        expect('a connection for each request', s, N, answered=240, lost=0)

    with Server(lambda c, *_: send(c, OK)) as s:
        x, fault = run(s.port, *N, '--per-connection', '10')
        row('a new connection after ten requests', fault, sums(x),
            differs('answered', x['answered'], 240),
            None if x['connections']['opened'] >= 24 else x['connections'],
            differs('lost', x['lost'], 0))
    with Server(lambda c, *_: send(c, OK)) as s:
        expect('many under way on each', s, (*N, '--pipeline', '16'),
               answered=240, lost=0, surplus=0)


# ---- who does not -----------------------------------------------------------

def losses():
    def drop_some(c, number, *_):
        if number % 3 == 2:
            return 'dropped', False
        return send(c, OK)

    with Server(drop_some) as s:
        expect('each third is dropped', s, N, sent=240,
               answered=lambda: s.count('answered'),
               lost=lambda: s.count('dropped'),
               lost_by={'closed': 80, 'reset': 0, 'garbage': 0})
        row('and it has seen as many', differs('read', s.read, 240))

    with Server(lambda c, *_: send(c, OK[:20], 'half', False)) as s:
        expect('half an answer', s, N, answered=0, lost=240,
               lost_by={'closed': 240, 'reset': 0, 'garbage': 0})

    def reset(c, *_):
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack('ii', 1, 0))
        return 'reset', False

    with Server(reset) as s:
        expect('connections that break', s, N, answered=0, lost=240,
               lost_by={'closed': 0, 'reset': 240, 'garbage': 0})

    garbage = {
        'not HTTP': b'SSH-2.0-x\r\n\r\n',
        'chunks': b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
                  b'0\r\n\r\n',
        'two lengths': b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'
                       b'Content-Length: 2\r\n\r\n{}',
        'no length': b'HTTP/1.1 200 OK\r\n\r\n',
        'a body without end': b'HTTP/1.1 200 OK\r\n'
                              b'Content-Length: 99999999\r\n\r\n{}',
        'a head without end': b'HTTP/1.1 200 OK\r\n' + b'A: b\r\n' * 6000,
    }
    for what, data in garbage.items():
        with Server(lambda c, *_, d=data: send(c, d)) as s:
            expect(f'garbage: {what}', s, N, answered=0, lost=240,
                   lost_by={'closed': 0, 'reset': 0, 'garbage': 240})

    # The connections end by themselves, and some requests meet that end.
    with Server(lambda c, *_: send(c, OK, goes_on=False)) as s:
        expect('it closes without a word after each answer', s, N, sent=240,
               answered=lambda: s.count('answered'),
               lost=lambda: 240 - s.count('answered'))

    def five_of(c, number, *_):
        return send(c, OK, 'answered', number % 5 != 4)

    with Server(five_of) as s:
        expect('it ends a pipeline in its midst', s,
               (*N, '--pipeline', '8'), sent=240,
               answered=lambda: s.count('answered'),
               lost=lambda: 240 - s.count('answered'))

    def says_so(c, number, *_):
        last = number % 5 == 4
        return send(c, said if last else OK, 'answered', not last)

    said = answer(more='Connection: close\r\n')
    with Server(says_so) as s:
        expect('it says that it will, and there are more under way', s,
               (*N, '--pipeline', '8', '--timeout', '3000'), sent=240,
               answered=lambda: s.count('answered'),
               lost=lambda: 240 - s.count('answered'), unanswered=0)


def surplus():
    with Server(lambda c, *_: send(c, OK + OK)) as s:
        expect('each is answered twice', s, N, sent=240, answered=240, lost=0,
               surplus=240)
        row('and it has seen as many', differs('read', s.read, 240))
    with Server(lambda c, *_: send(c, OK + b'H')) as s:
        expect('an answer and a letter', s, N, answered=240, surplus=240)
    with Server(lambda c, *_: send(c, OK + OK + OK)) as s:
        expect('three answers in a pipeline of two', s,
               (*N, '--pipeline', '2'), sent=240)


def silence():
    def never(c, *_):
        time.sleep(0.05)
        return 'silent', True

    with Server(never) as s:
        expect('it never answers', s,
               ('--max', '--requests', '24', '--connections', '6',
                '--timeout', '300'),
               sent=24, answered=0, lost=0, unanswered=24, timed_out=24,
               open=0)
        row('and it has seen as many', differs('read', s.read, 24))

    def some(c, number, *_):
        return ('silent', True) if number % 4 == 0 else send(c, OK)

    with Server(some) as s:
        expect('it answers three of four', s,
               ('--max', '--requests', '48', '--connections', '4',
                '--timeout', '400'),
               sent=48, answered=lambda: s.count('answered'),
               timed_out=lambda: s.count('silent'), lost=0)

    # With the rate, nothing that was due gets out of the books.
    with Server(some) as s:
        x, fault = run(s.port, '--rate', '100', '--seconds', '2',
                       '--connections', '3', '--timeout', '500')
        row('at a rate, what was due and never sent is told', fault, sums(x),
            differs('due', x['due'], 200),
            None if x['unsent'] > 0 else 'nothing was unsent',
            differs('sent', x['sent'], s.read),
            differs('answered', x['answered'], s.count('answered')))


def death():
    def dies(c, number, *_):
        if number == 60:
            threading.Thread(target=s.stop).start()
        return send(c, OK)

    s = Server(dies)
    x, fault = run(s.port, '--rate', '100', '--seconds', '2',
                   '--connections', '4', '--timeout', '500')
    row('it dies in the midst', fault, sums(x), differs('due', x['due'], 200),
        None if x['unsent'] > 0 else 'nothing was unsent',
        None if x['answered'] <= s.count('answered') else
        f'answered {x["answered"]}, but it knows of {s.count("answered")}',
        None if x['connections']['failed'] > 0 else 'no connection failed')
    _, fault = run(s.port, '--max', '--requests', '1', status=2)
    row('nobody is there: status 2', None if fault is None or
        'no JSON' in fault else fault)


# ---- signals ----------------------------------------------------------------

def interrupt(times, seconds):
    """Run against a server that stalls from the tenth on; interrupt it."""
    stall = threading.Event()

    def behave(c, number, *_):
        if number >= 10:
            stall.set()
            time.sleep(60)
        return send(c, OK)

    with Server(behave) as s:
        p = subprocess.Popen(
            [FLEET, 'run', '--url', f'http://127.0.0.1:{s.port}', '--max',
             '--seconds', seconds, '--json', '--connections', '2',
             '--timeout', '2000' if times == 1 else '60000'],
            stdout=subprocess.PIPE, text=True)
        stall.wait(60)
        for _ in range(times):
            p.send_signal(signal.SIGINT)
            time.sleep(0.3)
        out, _ = p.communicate(timeout=60)
        return json.loads(out), p.returncode


def signals():
    x, status = interrupt(1, '50')
    row('a signal: it waits for what is under way', sums(x),
        differs('status', status, 0), differs('timed_out', x['timed_out'], 2)
        if x['sent'] == x['answered'] + 2 else None,
        differs('open', x['open'], 0))
    x, status = interrupt(2, '50')
    row('two signals: it waits no more, and says what was open', sums(x),
        differs('status', status, 0),
        None if x['open'] >= 1 else f'open: {x["open"]}',
        differs('unanswered', x['unanswered'], x['sent'] - x['answered']))


# ---- mixes and tokens -------------------------------------------------------

def kinds():
    def gate(c, number, head, body):
        line = head.split('\r\n')[0]
        if line.startswith('GET /cgi-bin/token?'):
            if ('grant_type=client_credential&appid=wx%201&secret=s%2Fx%26'
                    not in line):
                return send(c, answer(200, '{"errcode":40001}'), 'denied')
            return send(c, answer(200, '{"access_token":"t+k",'
                                  '"expires_in":7200}'), 'token')
        if line != ('POST /cgi-bin/soter_3rdapp/is_support'
                    '?access_token=t%2Bk HTTP/1.1'):
            return send(c, answer(200, '{"errcode":40001}'), 'denied')
        x = json.loads(body)
        good = (x['sdk_version'] == 2 and x['model_key'].startswith(
            '<deviceinfo><MANUFACTURER name="maker">'))
        return send(c, answer(200, '{"is_support":true,"support_type":1}'),
                    'support' if good else 'bad')

    app = ('--appid', 'wx 1', '--secret', 's/x&', '--maker', 'maker')
    with Server(gate) as s:
        x, fault = run(s.port, *N, *app, '--mix', 'is_support=3,token=1',
                       '--strict')
        row('a token is got, and kinds come as they weigh', fault, sums(x),
            differs('support', s.count('support'), 180),
            differs('tokens', s.count('token'), 61),
            differs('bad', s.count('bad') + s.count('denied'), 0),
            differs('support', x['kinds']['is_support']['accepted'], 180),
            differs('token', x['kinds']['token']['accepted'], 60))
        _, fault = run(s.port, *N, '--appid', 'wx 1', '--secret', 'wrong',
                       '--mix', 'is_support', status=2)
        row('no token: status 2, and nothing else was asked',
            None if fault is None or 'no JSON' in fault else fault,
            differs('denied', s.count('denied'), 1))

    def headers(c, number, head, body):
        lines = head.split('\r\n')
        good = (lines[0] == 'GET /here?x=1 HTTP/1.1' and 'X-A: b c' in lines
                and f'Host: 127.0.0.1:{s.port}' in lines)
        return send(c, OK, 'good' if good else 'bad')

    with Server(headers) as s:
        expect('path and headers of an echo', s,
               (*N, '--echo-path', '/here?x=1', '--header', 'X-A: b c'),
               answered=240)
        row('as they were given', differs('good', s.count('good'), 240))


def intake(folder):
    made = subprocess.run([FLEET, 'make', '--devices', '1050', '--keys', '0',
                           '--out', f'{folder}/fleet'], check=False)
    seen = {}

    def take(c, number, head, body):
        if head.startswith('GET /cgi-bin/token'):
            return send(c, answer(200, '{"access_token":"t"}'), 'token')
        if not head.startswith('POST /intake/roots?access_token=t '):
            return send(c, answer(401), 'denied')
        for line in body.splitlines():
            x = json.loads(line)
            seen[x['device_id']] = x.get('attk_n') or x['attk_pub_pem']
        return send(c, answer(200, '{}'), 'taken')

    with Server(take) as s:
        x, fault = run(s.port, '--max', '--mix', 'intake', '--fleet',
                       f'{folder}/fleet', '--appid', 'a', '--secret', 's',
                       '--batch', '100', '--connections', '3')
        row('each device is sent once, and then it ends', fault, sums(x),
            differs('make', made.returncode, 0),
            differs('requests', x['sent'], 11),
            differs('devices', x['devices'], 1050),
            differs('seen', len(seen), 1050))
        lines = subprocess.run([FLEET, 'lines', '--fleet', f'{folder}/fleet'],
                               capture_output=True, text=True, check=False)
        printed = [json.loads(x) for x in lines.stdout.splitlines()]
        row('the same devices as are printed',
            differs('printed', {x['device_id']: x['attk_n']
                                for x in printed} == seen, True))
        seen.clear()
        x, fault = run(s.port, '--max', '--mix', 'intake', '--fleet',
                       f'{folder}/fleet', '--token', 't', '--form', 'pem',
                       '--strict', '--first', '1000', '--count', '20')
        row('a part of them, in another form', fault, sums(x),
            differs('seen', sorted(seen),
                    sorted(x['device_id'] for x in printed[1000:1020])),
            differs('PEM', all(v.startswith('-----BEGIN PUBLIC KEY-----\n')
                               for v in seen.values()), True))

    def some(c, number, head, body):
        taken = number % 3 != 1
        if taken:
            for line in body.splitlines():
                kept.append(json.loads(line)['device_id'])
        return send(c, answer(200 if taken else 503), 'asked',
                    number % 5 != 4)

    kept = []
    with Server(some) as s:
        x, fault = run(s.port, '--max', '--mix', 'intake', '--fleet',
                       f'{folder}/fleet', '--intake-path', '/roots', '--first',
                       '40', '--batch', '30', '--taken', f'{folder}/taken')
        with open(f'{folder}/taken') as file:
            shares = [[int(n) for n in line.split()] for line in file]
        told = [printed[i]['device_id'] for first, n in shares
                for i in range(first, first + n)]
        row('what was accepted is written down, device by device', fault,
            sums(x), differs('batches', len(shares), x['accepted']),
            differs('told', sorted(told), sorted(kept)))


def omission():
    """A server that stands still for a second is seen by each request of that
    second: 200 of 400, and the 40 longest of them waited 0.8 s at least."""
    still = threading.Lock()

    def stalls(c, number, *_):
        with still:
            if number == 100:
                time.sleep(1)
        return send(c, OK)

    with Server(stalls) as s:
        x, fault = run(s.port, '--rate', '200', '--seconds', '2',
                       '--connections', '4')
        row('a stall is seen by all who were due in it', fault, sums(x),
            None if x['latency_ms']['p90'] >= 700 or x['unsent'] > 40
            else x['latency_ms'])


# ---- TLS --------------------------------------------------------------------

def certificate(folder, name):
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days',
         '2', '-subj', f'/CN={name}', '-addext', 'subjectAltName=IP:127.0.0.1',
         '-keyout', f'{folder}/{name}.key', '-out', f'{folder}/{name}.pem'],
        check=True, capture_output=True)
    return f'{folder}/{name}.pem', f'{folder}/{name}.key'


def tls(folder):
    cert, key = certificate(folder, 'server')
    other, other_key = certificate(folder, 'other')
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    trust = ('--ca', cert)
    turns = (*N, '--per-connection', '8')

    with Server(lambda c, *_: send(c, OK), context) as s:
        expect('HTTPS, and its certificate is checked', s, (*N, *trust),
               'https', answered=240, lost=0)
        _, fault = run(s.port, *N, '--ca', other, scheme='https', status=2)
        row('whom nobody trusts gets no request',
            None if fault is None or 'no JSON' in fault else fault,
            differs('read', s.read, 240))
        x, fault = run(s.port, *turns, *trust, scheme='https')
        row('without resumption each handshake is whole', fault, sums(x),
            differs('answered', x['answered'], 240),
            differs('resumed', x['connections']['resumed'], 0),
            differs('seen', s.resumed, 0))
        x, fault = run(s.port, *turns, *trust, '--resume', scheme='https')
        # One that is ended before its first request may be none to the server.
        unseen = x['connections']['resumed'] - s.resumed
        row('with it sessions are resumed, as the server sees it', fault,
            sums(x), differs('answered', x['answered'], 240),
            None if s.resumed > 0 else 'none',
            None if 0 <= unseen <= 6 else f'{unseen} more than it saw')

    def cut(c, number, *_):
        if number % 2:
            c.sendall(OK[:30])
            c.close()
            return 'cut', False
        return send(c, OK)

    with Server(cut, context) as s:
        expect('half an answer inside TLS', s, (*N, *trust), 'https', sent=240,
               answered=lambda: s.count('answered'),
               lost_by=lambda: {'closed': s.count('cut'), 'reset': 0,
                                'garbage': 0})

    with Server(lambda c, *_: send(c, OK)) as s:
        _, fault = run(s.port, *N, '--insecure', '--timeout', '1500',
                       scheme='https', status=2)
        row('a server without TLS: status 2',
            None if fault is None or 'no JSON' in fault else fault)

    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(other)
    with Server(lambda c, *_: send(c, OK), context) as s:
        expect('with a certificate of ours', s,
               (*N, *trust, '--cert', other, '--key', other_key), 'https',
               answered=240, lost=0)


# ---- the command line -------------------------------------------------------

def usage(folder, s):
    url = ('run', '--url', f'http://127.0.0.1:{s.port}')
    bad = {
        'no verb': (),
        'an unknown verb': ('fly',),
        'no URL': ('run', '--max'),
        'neither rate nor maximum': url,
        'both': (*url, '--max', '--rate', '5'),
        'a rate of 0': (*url, '--rate', '0'),
        'a rate that is no number': (*url, '--rate', '1e3'),
        'an option twice': (*url, '--max', '--requests', '1', '--requests',
                            '2'),
        'an option of another verb': (*url, '--max', '--devices', '5'),
        'a word too many': (*url, '--max', 'x'),
        'an unknown kind': (*url, '--max', '--mix', 'echo,fly'),
        'a kind twice': (*url, '--max', '--mix', 'echo,echo'),
        'a weight of 0': (*url, '--max', '--mix', 'echo=0'),
        'an empty mix': (*url, '--max', '--mix', 'echo,'),
        'a path in the URL': ('run', '--max', '--url', f'{url[2]}/x'),
        'another scheme': ('run', '--max', '--url', 'ftp://127.0.0.1'),
        'a port above all': ('run', '--max', '--url', 'http://127.0.0.1:65536'),
        'https, and nobody is trusted': ('run', '--max', '--url',
                                         f'https://127.0.0.1:{s.port}'),
        'a header with a line end': (*url, '--max', '--header', 'A: b\r\nC:'),
        'a header without a name': (*url, '--max', '--header', ': b'),
        'a path with a blank': (*url, '--max', '--echo-path', '/a b'),
        'verify without a fleet': (*url, '--max', '--mix', 'verify',
                                   '--token', 'x'),
        'intake without a fleet': (*url, '--max', '--mix', 'intake'),
        'a fleet that is none': ('check', '--fleet', FLEET),
        'more keys than devices': ('make', '--devices', '3', '--keys', '4',
                                   '--out', f'{folder}/x'),
        'a processor that is not there': (*url, '--max', '--cpu', '1023'),
    }
    for what, line in bad.items():
        s.connections = 0
        done = subprocess.run([FLEET, *line], capture_output=True, text=True,
                              timeout=60, check=False)
        row(f'refused: {what}', differs('status', done.returncode, 2),
            differs('lines', len(done.stderr.splitlines()), 1),
            differs('standard output', done.stdout, ''),
            differs('connections', s.connections, 0))
    for line in ((), ('make',), ('check',), ('lines',), ('run',)):
        done = subprocess.run([FLEET, *line, '--help'], capture_output=True,
                              text=True, timeout=60, check=False)
        row(f'help: {" ".join(line) or "all"}',
            differs('status', done.returncode, 0),
            None if done.stdout.startswith('usage: ') else done.stdout,
            differs('errors', done.stderr, ''))
    done = subprocess.run([FLEET, 'check', '--fleet', f'{folder}/fleet'],
                          capture_output=True, text=True, timeout=60,
                          check=False)
    row('check says what it is', differs('status', done.returncode, 0),
        None if done.stdout.startswith('1050 devices, 0 with a key')
        else done.stdout)


def people(folder):
    with Server(lambda c, *_: send(c, answer(503, '{"reason":"busy"}'))) as s:
        done = subprocess.run(
            [FLEET, 'run', '--url', f'http://127.0.0.1:{s.port}', *N],
            capture_output=True, text=True, timeout=60, check=False)
        row('for people', differs('status', done.returncode, 0),
            *[None if text in done.stdout else f'{text}: {done.stdout}'
              for text in ('sent         240', '503: 240', 'p99.9',
                           '240  echo, status 503: http busy')])


def limits():
    """A process may have fewer files than connections are wanted."""
    def few(soft, hard):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    many = ('--max', '--requests', '200', '--connections', '100')
    with Server(lambda c, *_: send(c, OK)) as s:
        x, fault = run(s.port, *many, preexec_fn=few(64, 256))
        row('more connections than files: the limit is raised', fault, sums(x),
            differs('answered', x and x['answered'], 200),
            differs('opened', x and x['connections']['opened'], 100))
        read = s.read
        _, fault = run(s.port, *many, status=2, preexec_fn=few(64, 64))
        row('or it is said',
            None if fault is None or 'no JSON' in fault else fault,
            differs('read', s.read, read))


def terminal(folder):
    """Progress is for terminals: on one it is shown, and taken away again."""
    mine, theirs = os.openpty()
    with subprocess.Popen([FLEET, 'make', '--devices', '120000', '--keys', '0',
                           '--out', f'{folder}/large'], stderr=theirs) as p:
        os.close(theirs)
        shown = b''
        try:
            while got := os.read(mine, 4096):
                shown += got
        except OSError:  # the other end is gone
            pass
        os.close(mine)
    row('progress on a terminal', differs('status', p.returncode, 0),
        None if b'devices [' in shown and b' of 120000' in shown and
        shown.endswith(b'\r\033[K') else shown[-300:])
    done = subprocess.run([FLEET, 'make', '--devices', '120000', '--keys',
                           '0', '--out', f'{folder}/large'],
                          capture_output=True, check=False)
    row('and nowhere else', differs('said', done.stdout + done.stderr, b''))


def main():
    with tempfile.TemporaryDirectory(prefix='soter.') as folder:
        honest()
        losses()
        surplus()
        silence()
        death()
        signals()
        omission()
        kinds()
        intake(folder)
        tls(folder)
        with Server(lambda c, *_: send(c, OK)) as s:
            usage(folder, s)
        people(folder)
        limits()
        terminal(folder)
    print(f'1..{rows}')
    os._exit(failed > 0)


main()
