#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""net_test.py ECHO -- clients that lie, stall, flood and leave, against a real
server on src/net (tests/echo.c).  tests/unit/net_conn_test.c tells more lies,
without sockets."""
import concurrent.futures
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, 'tests')
import httpraw  # noqa: E402
import lies  # noqa: E402
from httpraw import Raw, Server, client_context, request, wait_for  # noqa: E402

ECHO = sys.argv[1]
LONG = os.environ.get('SOTER_TEST_SIZE') == 'long'
SLOW = bool(os.environ.get('SOTER_TEST_SLOW'))
# Long enough for a busy machine to answer an honest client, and short enough
# for a test.
SHORT = {'https': '127.0.0.1:0', 'admin': '127.0.0.1:0', 'loops': 2,
         'level': 'debug', 'header_ms': 1000, 'body_ms': 1000, 'idle_ms': 2000,
         'app_ms': 1000, 'write_ms': 1000, 'handshake_ms': 1000,
         'linger_ms': 5000, 'stop_ms': 5000}
rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:600].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def differs(got, want):
    return None if got == want else f'{got!r}, not {want!r}'


def no(truth, why):
    return None if truth else why


def metric(server, name):
    metric.calls += 1
    with Raw(server.ports[3]) as c:
        c.send(request('/metrics'))
        text = c.answer().body.decode()
    found = re.search(f'^{re.escape(name)} (-?[0-9]+)$', text, re.M)
    return int(found[1]) if found else None


metric.calls = 0


def taken(server):
    """Requests that became whole, without those that ask how many."""
    return metric(server, 'soter_net_requests_total') - metric.calls


def still_serves(server, tls=None):
    """A fault, unless an honest client is served."""
    with Raw(server.ports[1 if tls else 0], tls) as c:
        c.send(request('/echo', b'honest'))
        a = c.answer()
    if a is None or (a.status, a.body) != (200, b'honest'):
        return f'an honest client gets {a!r}'
    return None


# ---------------------------------------------------------------------------
# What must not be read in two ways

POST, GET = lies.post('/echo'), lies.get('/echo')


def test_hostile(server):
    tls = client_context()
    for what, status, data in lies.hostile('/echo'):
        faults = []
        for name, port, context in (('HTTP', 0, None), ('HTTPS', 1, tls)):
            # A request behind it must never be taken for one.
            with Raw(server.ports[port], context) as c:
                c.send(data + (GET if status != 431 else b''))
                a = c.answer()
                faults.append(no(a is not None and a.status == status,
                                 f'{name}: {a!r}, not {status}'))
                if a is not None:
                    faults.append(no(
                        a.fields.get('connection') == 'close' and
                        json.loads(a.body)['request'] ==
                        a.fields['x-request-id'], f'{name}: {a.fields}'))
                    faults.append(no(c.is_over(), f'{name}: more came'))
        row(what, *faults)
    row('an honest client is served after all of that', still_serves(server),
        still_serves(server, tls))


def test_honest(server):
    for name, port, tls in (('HTTP', 0, None), ('HTTPS', 1, client_context())):
        with Raw(server.ports[port], tls) as c:
            got = []
            for body in (b'', b'x', b'y' * 65536):
                c.send(request('/echo', body))
                got.append(c.answer().body == body)
            c.send(POST + b'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
            c.send(b'2;x=y\r\nde\r\n0\r\n\r\n')
            got.append(c.answer().body == b'abcde')
            c.send(request('/echo', method='HEAD'))
            a = c.answer(head_only=True)
            got.append(a.status == 200 and not c.buffer)
            c.send(POST + b'Expect: 100-continue\r\nContent-Length: 2\r\n\r\n')
            got.append(c.answer().status == 100)
            c.send(b'hi')
            got.append(c.answer().body == b'hi')
            c.send(request('/wide'))
            got.append(c.answer().status == 200)
            c.send(request('/nothing'))
            got.append(c.answer().status == 404)
        row(f'{name}: what honest clients do works', no(all(got), got))
    with Raw(server.ports[0]) as c:
        c.send(b'GET /echo HTTP/1.0\r\n\r\n')
        a = c.answer()
        row('HTTP/1.0 is answered and ended',
            no(a.status == 200 and c.is_over(), a))


# ---------------------------------------------------------------------------
# Time

def test_time(server):
    tls = client_context()
    drips = [
        ('a header byte by byte', b'GET /echo HTTP/1.1\r\nHost: h\r\nA: '),
        ('a body byte by byte', POST + b'Content-Length: 60000\r\n\r\n'),
        ('chunks byte by byte', POST + b'Transfer-Encoding: chunked\r\n\r\n'
         b'fff0\r\n')]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        said = [[pool.submit(lies.drip, port, first, lies.LETTERS, context)
                 for port, context in zip(server.ports, (None, tls))]
                for _, first in drips]
        for (what, _), answers in zip(drips, said):
            row(what + ': 408, absolutely',
                *[no(a.result() is not None and a.result().status == 408,
                     repr(a.result())) for a in answers])
    with Raw(server.ports[0]) as c:
        row('who says nothing is let go without a word', no(c.is_over(), 'said'))
    with Raw(server.ports[1]) as c:
        row('who does not begin TLS is let go', no(c.is_over(), 'said'))
    with Raw(server.ports[1]) as c:
        c.send(b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')
        row('who begins TLS and stops is let go', no(c.is_over(), 'said'))
    with Raw(server.ports[0]) as c:
        c.send(request('/never') + request('/echo', b'next'))
        a, b = c.answer(), c.answer()
        row('an app that does not answer: 503, and the connection goes on',
            no(a.status == 503 and a.fields.get('retry-after'), a),
            differs((b.status, b.body), (200, b'next')))
    slow = Raw(server.ports[0])
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    before = metric(server, 'soter_net_deadlines_total{what="write"}')
    slow.send(request('/big?n=8000000'))
    row('who does not read his answer is cut, in time',
        no(wait_for(lambda: metric(
            server, 'soter_net_deadlines_total{what="write"}') > before),
           'he is not'))
    slow.close()
    with Raw(server.ports[0]) as c:
        c.send(request('/big?n=8000000'))
        a = c.answer()
        row('who reads it gets all of it', differs(len(a.body), 8000000))


# ---------------------------------------------------------------------------
# Leaving and flooding

def test_leaving(server):
    with Raw(server.ports[0]) as c:
        c.send(request('/slow?ms=100') + request('/echo', b'2'))
        c.end()
        got = [c.answer(), c.answer()]
        row('who has ended his half gets his answers',
            no([a and a.status for a in got] == [200, 200] and c.is_over(),
               got))
    with Raw(server.ports[0]) as c:
        c.send(b'GET /echo HT')
        c.end()
        row('half a request and an end: no answer, no wait', no(c.is_over(),
                                                              'answered'))
    with Raw(server.ports[0]) as c:
        c.send(POST + b'Content-Length: 70000\r\n\r\n')
        a = c.answer()
        sent = []
        for _ in range(5):
            sent.append(c.send(b'x' * 1000))
            time.sleep(0.02)
        row('who is refused and still sends is not reset at once: he would '
            'lose the answer', no(a.status == 413 and all(sent), sent))
    before = metric(server, 'soter_net_answers_left_total')
    for _ in range(20):
        c = Raw(server.ports[0])
        c.send(request('/slow?ms=200', b'x' * 1000))
        time.sleep(0.01)
        c.reset()
    row('clients gone before the answer: the answers are dropped',
        no(wait_for(lambda: metric(
            server, 'soter_net_answers_left_total') >= before + 20), 'not so'),
        still_serves(server))


def test_floods(server):
    n = 2000
    for name, port, tls in (('HTTP', 0, None), ('HTTPS', 1, client_context())):
        with Raw(server.ports[port], tls) as c:
            sender = threading.Thread(target=c.send, args=(b''.join(
                request('/echo', b'%d' % i) for i in range(n)),))
            sender.start()
            got = [c.answer() for _ in range(n)]
            sender.join()
        row(f'{name}: {n} requests at once: all answered, in order',
            no([a and a.body for a in got] == [b'%d' % i for i in range(n)],
               'not so'))
    before = server.resident_kib()
    with Raw(server.ports[0]) as c:
        # The answers are not read, the requests never end.
        c.socket.settimeout(2)
        flood = request('/echo', b'z' * 60000) * 20
        try:
            for _ in range(100):
                c.socket.sendall(flood)
            stuck = False
        except (TimeoutError, ConnectionError):
            stuck = True
    grown = server.resident_kib() - before
    print(f'# a flood of requests that nobody reads the answers of: '
          f'{grown} KiB')
    row('a flood that does not read its answers is not read either',
        no(stuck, 'all of it was taken'),
        no(grown < 8192 or SLOW, f'{grown} KiB'))
    server.halt()
    crowd = [Raw(server.ports[0]) for _ in range(16)]
    for c in crowd:
        c.send(request('/echo', b'first'))
    server.signal(signal.SIGCONT)
    for c in crowd:
        c.answer()
    server.halt()
    for c in crowd:
        c.send(request('/batch'))
    server.signal(signal.SIGCONT)
    sizes = [int(c.answer().body) for c in crowd]
    for c in crowd:
        c.close()
    row('all that is ready in one turn is handed over together',
        no(min(sizes) > 1 and max(sizes) <= 16, sizes))


def test_crowd(folder):
    """2,000 idle and 50 slow connections, and one client that works."""
    idle, slow, busy = (lies.IDLE, lies.SLOW, 3000) if not SLOW else \
        (500, lies.SLOW, 500)
    idle = min(idle, lies.open_files(idle * 2) - 500)
    settings = {**SHORT, 'peer_connections': 9000, 'idle_ms': 60000,
                'header_ms': 60000, 'body_ms': 60000, 'level': 'info'}
    with Server(ECHO, folder, settings) as server:
        still_serves(server)
        before = server.resident_kib()
        held = [Raw(server.ports[0]) for _ in range(idle)]
        wait_for(lambda: metric(server, 'soter_net_connections') > idle)
        plain = server.resident_kib() - before
        tls = client_context()
        before = server.resident_kib()
        tls_held = [Raw(server.ports[1], tls) for _ in range(idle // 10)]
        over_tls = server.resident_kib() - before
        before = server.resident_kib()
        for i in range(slow):
            c = Raw(server.ports[0])
            c.send((b'GET /echo HTTP/1.1\r\nHost: h\r\nA: ', POST +
                    b'Content-Length: 60000\r\n\r\n')[i % 2] + b'x' * 900)
            held.append(c)
        wait_for(lambda: metric(server, 'soter_net_connections') > idle + slow)
        slowly = server.resident_kib() - before
        errors = 0
        with Raw(server.ports[0]) as a, Raw(server.ports[1], tls) as b:
            for i in range(busy):
                c = (a, b)[i % 2]
                c.send(request('/echo', b'%d' % i))
                answer = c.answer()
                errors += answer is None or answer.body != b'%d' % i
                if i % 50 < slow:
                    held[idle + i % slow].send(b'y')
        print(f'# {idle} idle connections: {plain} KiB; {idle // 10} idle over '
              f'TLS: {over_tls} KiB; {slow} slow ones: {slowly} KiB')
        row(f'{idle} idle, {slow} slow: {busy} requests of another client '
            'see no error', differs(errors, 0))
        if not SLOW:
            row('an idle connection costs at most {} KiB, over TLS {}'.format(
                *lies.IDLE_KIB),
                no(plain <= lies.IDLE_KIB[0] * idle and
                   over_tls <= lies.IDLE_KIB[1] * idle // 10,
                   f'{plain} and {over_tls} KiB'))
        for c in held + tls_held:
            c.close()


def test_full(folder):
    settings = {**SHORT, 'loops': 1, 'connections': 20, 'peer_connections': 40,
                'requests': 8, 'idle_ms': 60000, 'app_ms': 3000}
    with Server(ECHO, folder, settings) as server:
        port = server.ports[0]
        held = []
        for i in range(20):
            c = Raw(port)
            c.send(request('/echo', b'%d' % i))
            c.answer()
            held.append(c)
        with Raw(port) as c:
            c.send(request('/echo', b'late'))
            a = c.answer()
            row('full: who comes is served, who was idle longest goes',
                no(a and a.body == b'late', repr(a)),
                no(held[0].is_over(), 'the oldest is still there'))
        held[1].send(request('/echo', b'still'))
        a = held[1].answer()
        row('the others stay', no(a and a.body == b'still', repr(a)))
        for c in held:
            c.close()
        stuck = [Raw(port) for _ in range(9)]
        before = taken(server)
        for c in stuck[:8]:
            c.send(request('/never'))
        wait_for(lambda: taken(server) >= before + 8)
        stuck[8].send(request('/echo', b'x'))
        a = stuck[8].answer()
        row('an app that has its hands full: 503 at once, not when its time '
            'is over', no(a.status == 503 and b'busy' in a.body, repr(a)))
        got = [c.answer() for c in stuck[:8]]
        row('the others hear 503 when it is',
            no(all(a.status == 503 and b'app_time' in a.body for a in got),
               got))
        stuck[8].send(request('/echo', b'x'))
        a = stuck[8].answer()
        row('an app that never answers stays full: it does not grow',
            no(a.status == 503, repr(a)))
        for c in stuck:
            c.close()
    settings = {**SHORT, 'peer_connections': 5}
    with Server(ECHO, folder, settings) as server:
        held = [Raw(server.ports[0]) for _ in range(5)]
        for c in held:
            c.send(request())
            c.answer()
        with Raw(server.ports[0]) as c:
            c.send(request())
            row('one address has as many connections as it may',
                no(c.is_over(), 'one more'))
        held[0].close()

        def again():
            with Raw(server.ports[0]) as c:
                c.send(request())
                return c.answer() is not None
        row('and one more when one of them ended', no(wait_for(again), 'no'))
        for c in held:
            c.close()


# ---------------------------------------------------------------------------
# TLS

def make_certificates(folder):
    """A CA, and certificates by it and not by it."""
    def run(*args):
        subprocess.run(['openssl', *args], check=True, cwd=folder,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    for ca in ('ca', 'otherca'):
        run('req', '-x509', *ec, '-keyout', f'{ca}.key', '-out', f'{ca}.crt',
            '-subj', f'/CN={ca}', '-days', '30')
    for name, ca, days in (('server', 'ca', 30), ('server2', 'ca', 30),
                           ('client', 'ca', 30), ('stranger', 'otherca', 30),
                           ('over', 'ca', -1)):
        run('req', *ec, '-keyout', f'{name}.key', '-out', f'{name}.csr',
            '-subj', f'/O=maker/CN={name}')
        run('x509', '-req', '-in', f'{name}.csr', '-CA', f'{ca}.crt', '-CAkey',
            f'{ca}.key', '-out', f'{name}.crt', '-days', str(days),
            '-set_serial', '7')


def try_tls(port, context):
    """An answer over TLS, or the words of a refusal."""
    try:
        with Raw(port, context) as c:
            c.send(request('/who'))
            answer = c.answer()
            return answer if answer else 'ended'
    except (ssl.SSLError, OSError) as error:
        return str(error)


def is_refused(said):
    return no(isinstance(said, str), f'it was served: {said!r}')


def test_tls(folder):
    make_certificates(folder)
    at = {name: (f'{folder}/{name}.crt', f'{folder}/{name}.key')
          for name in ('server', 'server2', 'client', 'stranger', 'over')}
    settings = {**SHORT, 'mtls': '127.0.0.1:0',
                'tls.certificate': f'{folder}/live.crt',
                'tls.key': f'{folder}/live.key', 'tls.ca': f'{folder}/ca.crt'}

    def put(name):
        for i, end in enumerate(('crt', 'key')):
            with open(at[name][i], 'rb') as file:
                data = file.read()
            with open(f'{folder}/live.{end}', 'wb') as file:
                file.write(data)

    put('server')
    with Server(ECHO, folder, settings) as server:
        https, mtls = server.ports[1:3]
        old = {'minimum_version': ssl.TLSVersion.TLSv1}
        for what, context in (
                ('TLS 1.1', client_context(
                    maximum_version=ssl.TLSVersion.TLSv1_1, **old)),
                ('TLS 1.0', client_context(
                    maximum_version=ssl.TLSVersion.TLSv1, **old)),
                ('TLS 1.2 without authenticated encryption', client_context(
                    maximum_version=ssl.TLSVersion.TLSv1_2)),
                ('TLS 1.2 without forward secrecy', client_context(
                    maximum_version=ssl.TLSVersion.TLSv1_2)),
                ('a client of HTTP/2 alone', client_context())):
            if 'TLS 1.0' in what or 'TLS 1.1' in what:
                context.set_ciphers('ALL:@SECLEVEL=0')
            if 'encryption' in what:
                context.set_ciphers('ECDHE-ECDSA-AES128-SHA256')
            if 'secrecy' in what:
                context.set_ciphers('AES128-GCM-SHA256')
            if 'HTTP/2' in what:
                context.set_alpn_protocols(['h2'])
            row(f'{what} is refused', is_refused(try_tls(https, context)))
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(minimum_version=version,
                                     maximum_version=version)
            context.set_alpn_protocols(['h2', 'http/1.1'])
            faults = []
            with Raw(https, context) as c:
                c.send(request('/who'))
                c.answer()
                chosen = c.socket.selected_alpn_protocol()
                session = c.socket.session
            with Raw(https, context, session=session) as c:
                c.send(request('/who'))
                faults.append(no(c.answer().status == 200, 'not served'))
                faults.append(no(c.socket.session_reused, 'not resumed'))
            row(f'{version.name}: served, and resumed with a ticket',
                differs(chosen, 'http/1.1'), *faults)
        for what, data in (('random bytes', os.urandom(3000)),
                           ('HTTP in the clear', request()),
                           ('a record of a size that cannot be',
                            b'\x16\x03\x01\xff\xff' + b'\1' * 70000),
                           ('an alert', b'\x15\x03\x01\x00\x02\x02\x28')):
            with Raw(https) as c:
                c.send(data)
                while c.more():
                    pass
            row(f'{what} instead of TLS: ended', still_serves(
                server, client_context()))
        test_renegotiation(server)
        test_client_certificates(mtls, at)
        test_reload(server, folder, put)
    row('no handshake that failed is forgotten by the log',
        no('"event":"tls_failed"' in server.logged(), 'it is'))


def test_renegotiation(server):
    said = subprocess.run(
        ['openssl', 's_client', '-connect', f'127.0.0.1:{server.ports[1]}',
         '-tls1_2'], input=b'R\n' + b'\n' * 3, capture_output=True,
        timeout=httpraw.PATIENCE, check=False)
    text = said.stdout + said.stderr
    row('renegotiation is refused',
        no(b'no renegotiation' in text, text[-400:]),
        still_serves(server, client_context()))


def test_client_certificates(port, at):
    answer = try_tls(port, client_context(at['client']))
    der = ssl.PEM_cert_to_DER_cert(open(at['client'][0]).read())
    want = {'address': '127.0.0.1', 'tls': True, 'subject': 'CN=client,O=maker',
            'certificate': hashlib.sha256(der).hexdigest()}
    row('a client with a certificate is known by it',
        differs(isinstance(answer, str) or json.loads(answer.body), want))
    for what, certificate in (('no certificate', None),
                              ("another CA's certificate", at['stranger']),
                              ('a certificate that is over', at['over'])):
        row(f'{what}: refused',
            is_refused(try_tls(port, client_context(certificate))))


def served_name(server):
    """Which certificate: its subject's common name, out of the DER."""
    with Raw(server.ports[1], client_context()) as c:
        der = c.socket.getpeercert(binary_form=True)
    return [name for name in ('server2', 'server') if name.encode() in der][0]


def test_reload(server, folder, put):
    row('the certificate is the one configured',
        differs(served_name(server), 'server'))
    held = Raw(server.ports[1], client_context())
    put('server2')
    server.signal(signal.SIGHUP)
    row('SIGHUP: the new certificate is shown',
        no(wait_for(lambda: served_name(server) == 'server2'), 'it is not'))
    held.send(request('/echo', b'old'))
    a = held.answer()
    row('a connection from before goes on', no(a and a.body == b'old', a))
    held.close()
    with open(f'{folder}/live.crt', 'w') as file:
        file.write('-----BEGIN CERTIFICATE-----\nbroken\n')
    server.signal(signal.SIGHUP)
    row('SIGHUP with a broken file: said in the log, the old one stays',
        no(wait_for(lambda: 'certificate_not_reloaded' in server.logged()),
           'not said'), differs(served_name(server), 'server2'))
    put('server')
    with open(f'{folder}/live.key', 'wb') as file:
        file.write(open(f'{folder}/server2.key', 'rb').read())
    n = server.logged().count('certificate_not_reloaded')
    server.signal(signal.SIGHUP)
    row('SIGHUP with the key of another certificate: the same',
        no(wait_for(lambda: server.logged().count(
            'certificate_not_reloaded') > n), 'not said'),
        differs(served_name(server), 'server2'))


def test_selfmade(folder):
    state = f'{folder}/state'
    os.mkdir(state)
    settings = {**SHORT, 'tls.state': state}
    seen = []
    for _ in range(2):
        with Server(ECHO, folder, settings) as server:
            with Raw(server.ports[1], client_context()) as c:
                seen.append(c.socket.getpeercert(binary_form=True))
    mode = os.stat(f'{state}/self.key').st_mode & 0o777
    row('no certificate configured: one is made, and kept',
        no(seen[0] == seen[1], 'another one at the second start'),
        differs(oct(mode), '0o600'))
    os.unlink(f'{state}/self.key')
    with Server(ECHO, folder, settings) as server:
        row('its key is lost: a new pair', still_serves(server,
                                                       client_context()))


# ---------------------------------------------------------------------------
# Signals, logs, listeners

def test_stop(folder):
    settings = {**SHORT, 'linger_ms': 100}
    with Server(ECHO, folder, settings) as server:
        busy, idle = Raw(server.ports[0]), Raw(server.ports[0])
        idle.send(request())
        idle.answer()
        before = taken(server)
        busy.send(request('/slow?ms=300'))
        wait_for(lambda: taken(server) >= before + 1)
        server.halt()
        queued = Raw(server.ports[0])
        queued.send(request('/echo', b'queued'))
        server.signal(signal.SIGTERM)
        server.signal(signal.SIGCONT)
        a, b = busy.answer(), queued.answer()
        row('SIGTERM: what was accepted is answered, and told that it is over',
            no(a and (a.status, a.fields.get('connection')) == (200, 'close'),
               repr(a)))
        row('so is who waited in the queue', no(b and b.body == b'queued',
                                                repr(b)))
        row('who is idle is let go', no(idle.is_over(), 'more came'))
        row('the status is 0', differs(server.wait(), 0))
        for c in (busy, idle, queued):
            c.close()
    with Server(ECHO, folder, {**settings, 'app_ms': 60000,
                               'stop_ms': 500}) as server:
        before = taken(server)
        with Raw(server.ports[0]) as c:
            c.send(request('/never'))
            wait_for(lambda: taken(server) >= before + 1)
            server.signal(signal.SIGTERM)
            row('an app that does not answer does not keep the server',
                differs(server.wait(), 0), no(c.is_over(), 'an answer'))


def test_log(folder):
    words = ('hunter2', 'tok-en', 'aut-h')
    with Server(ECHO, folder, SHORT) as server:
        with Raw(server.ports[0]) as c:
            c.send(request('/echo?access_token=tok-en&secret=hunter2', b'hunter2',
                           ('Authorization: Bearer aut-h',)))
            number = c.answer().fields['x-request-id']
            c.send(b'GET /secret=hunter2/\x01 HTTP/1.1\r\n\r\n')
            c.answer()
        text = server.logged()
        faults = [f'{w} stands in the log' for w in words if w in text]
        events = [json.loads(line) for line in text.splitlines()]
        mine = [e for e in events if e.get('request') == number]
        row('no secret stands in the log', *faults)
        row('each line is JSON, and a request can be found by its number',
            no(mine and mine[0]['status'] == 200 and
               mine[0]['path'] == '/echo', mine))
        for _ in range(400):
            with Raw(server.ports[0]) as c:
                c.send(b'\n')
                c.answer()
        n = server.logged().count('"event":"refused"')
        seconds = len({e['time'][:19] for e in map(
            json.loads, server.logged().splitlines())})
        row('nonsense does not fill the disk',
            no(n <= 100 * 2 * (seconds + 1), f'{n} lines'))
        os.rename(server.log, server.log + '.1')
        server.signal(signal.SIGHUP)
        row('SIGHUP: the log is opened anew', no(wait_for(
            lambda: os.path.exists(server.log)), 'it is not'))


def test_listeners(folder):
    path = f'{folder}/socket'
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(path)
    stale.close()
    with Server(ECHO, folder, {**SHORT, 'http': f'unix:{path}'}):
        with Raw(0, path=path) as c:
            c.send(request('/who'))
            who = json.loads(c.answer().body)
        row('a Unix socket, in the place of a dead one',
            differs(who['address'], 'unix'))
        second = subprocess.run([ECHO, f'{folder}/conf'], check=False,
                                capture_output=True, timeout=30)
        row('never in the place of a living one',
            no(second.returncode == 2 and b'in use' in second.stderr,
               second.stderr))
    row('its path is removed at the end', no(not os.path.exists(path), 'no'))
    with socket.create_server(('127.0.0.1', 0)) as s:
        os.set_inheritable(s.fileno(), True)
        settings = {**SHORT, 'http': f'fd:{s.fileno()}'}
        with Server(ECHO, folder, settings, pass_fds=[s.fileno()]) as server:
            row('a socket that was inherited',
                differs(server.ports[0], s.getsockname()[1]),
                still_serves(server))
    with Server(ECHO, folder, {**SHORT, 'http': '[::1]:0'}) as server:
        with Raw(server.ports[0], host='::1') as c:
            c.send(request('/who'))
            row('IPv6', differs(json.loads(c.answer().body)['address'], '::1'))
    for what, at in (('a name', 'localhost:80'), ('no port', '127.0.0.1'),
                     ('IPv6 without brackets', '::1:80'),
                     ("another machine's address", '192.0.2.1:80'),
                     ('a path that is relative', 'unix:x'),
                     ('no socket', 'fd:0')):
        server = Server(ECHO, folder, {**SHORT, 'http': at})
        server.write_settings()
        said = subprocess.run([ECHO, server.conf], capture_output=True,
                              stdin=subprocess.DEVNULL, check=False,
                              timeout=30)
        row(f'{what}: not started, and the text is named',
            no(said.returncode == 2 and at.split(':', 1)[-1].encode() in
               said.stderr, said.stderr))


def test_admin(folder):
    with Server(ECHO, folder, {**SHORT, 'unready': 'yes'}) as server:
        with Raw(server.ports[3]) as c:
            got = []
            for path in ('/healthz', '/readyz', '/metrics', '/x'):
                c.send(request(path))
                got.append(c.answer().status)
            c.send(request('/healthz', b''))
            a = c.answer()
        row('alive is not ready', differs(got, [200, 503, 200, 404]))
        row('nothing is posted there',
            differs((a.status, a.fields.get('allow')), (405, 'GET, HEAD')))
    with Server(ECHO, folder, SHORT) as server:
        with Raw(server.ports[3]) as c:
            c.send(request('/readyz'))
            row('ready', differs(c.answer().status, 200))


def test_documentation(_):
    with open('docs/net.md') as file:
        text = file.read()
    with open('src/net/limits.h') as file:
        limits = re.findall(r'#define (NET_\w+)', file.read())
    with open('src/net/refusal.h') as file:
        words = re.findall(r'X\(NET_NO_\w+, \d+, "(\w+)"', file.read())
    row('docs/net.md names every limit and every refusal',
        no(limits and words, 'none found'),
        *[f'{x} is not there' for x in limits + words if f'`{x}`' not in text])


def main():
    with tempfile.TemporaryDirectory(prefix='soter.') as folder:
        with Server(ECHO, folder, SHORT) as server:
            test_honest(server)
            test_hostile(server)
            test_time(server)
            test_leaving(server)
            test_floods(server)
        for test in (test_crowd, test_full, test_tls, test_selfmade, test_stop,
                     test_log, test_listeners, test_admin,
                     test_documentation):
            below = os.path.join(folder, test.__name__)
            os.mkdir(below)
            test(below)
    print(f'1..{rows}')
    return bool(failed)


sys.exit(main())
