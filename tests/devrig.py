# SPDX-License-Identifier: BSD-3-Clause
"""devrig.py -- a whole device for tests: soter-teed, soterd, an app's server,
a man in the middle before it, and fingers; each a process of its own."""
import http.client
import http.server
import json
import os
import subprocess
import threading
import time

import devmsg
import teehost
from teemsg import BIO, BIOMETRIC, SOTER, TA, Session, text, u32

TEE, SERVICE = 64101, 64102
PIN = '2580'
END_POINTS = {'/upload_ask_key': ('keyJson', 'keySignature'),
              '/upload_pay_auth_key': ('keyJson', 'signature'),
              '/authentication': ('signatureJson', 'signature'),
              '/open_fingerprintpay': ('signatureJson', 'signature')}


class Device:
    """soter-teed and soterd in a folder; as root each is a user of its own."""

    def __init__(self, build, folder):
        is_root, me = os.getuid() == 0, os.getuid()
        os.makedirs(folder, mode=0o755, exist_ok=True)
        roles = {'soter.role.service': SERVICE if is_root else me,
                 'soter.role.factory': me, 'soter.role.enroller': me}
        self.build, self.folder = build, folder
        self.tee = teehost.Tee(build, folder, roles, development=False,
                               uid=TEE, group=SERVICE if is_root else None)
        self.soterd = devmsg.Soterd(build, folder, self.tee.socket, SERVICE)

    def __enter__(self):
        self.tee.__enter__()
        self.soterd.__enter__()
        return self

    def __exit__(self, *ignored):
        self.soterd.__exit__()
        self.tee.__exit__()

    def ask_tee(self, number, body=b''):
        with Session(self.tee.socket, SOTER) as s:
            code, answer = s.send(number, body)
        assert code == 0, code
        return answer

    def provision(self):
        """The root; gives cpu_id and the file of its public key."""
        self.ask_tee(TA['generateAttkKeyPair'], u32(1) + text(''))
        return self.root()

    def root(self):
        pem = f'{self.folder}/attk.pem'
        with open(pem, 'wb') as file:
            file.write(self.ask_tee(TA['exportAttkPublicKey']))
        return self.ask_tee(TA['getDeviceId']).decode(), pem

    def enrol(self, finger='thumb'):
        user = u32(0)
        with Session(self.tee.socket, BIO) as b:
            b.send(BIOMETRIC['setPin'], user + text('') + text(PIN))
            code, _ = b.send(BIOMETRIC['enrolBegin'],
                             user + text(PIN) + u32(1))
            fid = 0
            while code == 0 and fid == 0:
                self.touch(finger)
                code, body = b.send(BIOMETRIC['enrolStep'], user)
                fid = int.from_bytes(body[4:12], 'little')
        assert code == 0, code
        return fid

    def touch(self, finger='thumb'):
        """A finger in a process of its own."""
        pid = os.fork()
        if pid == 0:
            try:
                with Session(self.tee.socket, BIO) as b:
                    code, _ = b.send(BIOMETRIC['simFeed'],
                                     u32(1) + text(finger))
            except BaseException:
                code = 1
            os._exit(code != 0)
        return os.waitpid(pid, 0)[1] == 0

    def names(self):
        """Has this user an ASK, and which AuthKeys?"""
        with devmsg.App(self.soterd.socket) as app:
            has, _ = app.call('hasAskAlready')
            code, body = app.call('listKeys')
        found = []
        while code == 0 and body:
            n = int.from_bytes(body[:4], 'little')
            found.append(body[4:4 + n].decode())
            body = body[4 + n:]
        return has == 0, sorted(found)


class Backend:
    """An app's server (tests/backend.c); roots: pairs of cpu_id and file."""

    def __init__(self, build, folder, roots):
        os.makedirs(folder, exist_ok=True)
        self.log = f'{folder}/backend.log'
        self.port_file = f'{folder}/port'
        with open(f'{folder}/roots', 'w') as file:
            file.writelines(f'{cpu_id} {pem}\n' for cpu_id, pem in roots)
        self.command = [f'{build}/tests/backend', '--roots',
                        f'{folder}/roots', '--port-file', self.port_file]

    def __enter__(self):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(self.command, stdout=log,
                                            stderr=log,
                                            stdin=subprocess.DEVNULL)
        for _ in range(600):
            if os.path.exists(self.port_file):
                with open(self.port_file) as file:
                    self.port = int(file.read())
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise SystemExit(f'backend did not start: {self.said()}')

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait()

    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def said(self):
        with open(self.log) as log:
            return log.read().splitlines()

    def post(self, path, body, account=None):
        return post(self.port, path, body, account)

    def fault(self, path, fault, times=1):
        self.post('/test/fault', {'path': path, 'fault': fault,
                                  'times': times})


def post(port, path, body, account=None):
    """data of the answer, or None."""
    c = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    headers = {'Content-Type': 'application/json'}
    if account is not None:
        headers['Authorization'] = account
    c.request('POST', path, json.dumps(body), headers)
    answer = c.getresponse()
    try:
        return json.loads(answer.read())['data']
    except (ValueError, KeyError, TypeError):
        return None
    finally:
        c.close()


def other_key_inside(text):
    """The public key that the text names, with a letter of its Base64 changed,
    and no escape of the JSON."""
    at = text.index('BEGIN PUBLIC KEY') + 120
    while '\\' in text[at - 1:at + 1]:
        at += 1
    return text[:at] + ('A' if text[at] != 'A' else 'B') + text[at + 1:]


class Middle:
    """A man between app and server: change(path, body) may change what is
    asked, or give an answer of its own; seen keeps all of it."""

    def __init__(self, port):
        middle = self
        self.change, self.seen = lambda path, body: None, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                n = int(self.headers['Content-Length'])
                body = json.loads(self.rfile.read(n))
                account = self.headers['Authorization']
                middle.seen.append((self.path, dict(body)))
                data = middle.change(self.path, body)
                if data is None:
                    data = post(port, self.path, body, account)
                answer = json.dumps({'data': data}).encode()
                self.send_response(200)
                self.send_header('Content-Length', str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *ignored):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                      Handler)
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={'poll_interval': 0.05},
                                       daemon=True)

    def url(self):
        return f'http://127.0.0.1:{self.server.server_address[1]}'

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *ignored):
        self.server.shutdown()
        self.server.server_close()


class Run:
    """A program that asks for a touch, and gets one.

    finger  what touches, once for each request; None: nobody does
    """

    def __init__(self, device, command, finger='thumb', env=(), uid=None):
        self.device, self.finger = device, finger
        self.said, self.touches = [], 0
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, user=uid,
            group=uid, extra_groups=[] if uid is not None else None,
            env=dict(os.environ, SOTER_SOCKET=device.soterd.socket,
                     **dict(env)))

    def wait(self):
        """Its status."""
        for line in self.process.stdout:
            self.said.append(line.rstrip('\n'))
            asks = 'touch the sensor' in line or 'not recognised' in line
            if asks and self.finger is not None:
                self.touches += 1
                self.device.touch(self.finger)
        self.process.stdout.close()
        return self.process.wait()
