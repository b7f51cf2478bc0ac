# SPDX-License-Identifier: BSD-3-Clause
"""tamrig.py -- a soter-tamd for tests, its verbs, and whoever asks it."""
import http.client
import json
import os
import signal
import ssl
import subprocess
import time
import urllib.parse

TOKEN = '/cgi-bin/token'
IS_SUPPORT = '/cgi-bin/soter_3rdapp/is_support'
VERIFY_ASK = '/cgi-bin/soter_3rdapp/verify_ask'
INTAKE = '/intake/roots'


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.splitlines()]

    def __repr__(self):
        return f'{self.status} {self.body[:300]!r}'


class Tam:
    """Start it with `with`.  where: a folder that is not there yet, or a
    postgresql:// URL with a store made by init().  under: what stands in front
    of the command.  public: settings of that process."""

    def __init__(self, build, folder, where=None, plain=False, more='',
                 under=(), public=None):
        os.makedirs(folder, exist_ok=True)
        self.under = list(under)
        self.build, self.folder = build, folder
        self.where = where or f'{folder}/store'
        self.plain, self.log = plain, f'{folder}/log'
        self.conf = f'{folder}/tamd.conf'
        with open(self.conf, 'w') as conf:
            conf.write(f'store = {self.where}\nstate = {folder}/state\n')
            conf.write(more + '[log]\nlevel = debug\n')
            for role in 'public', 'intake':
                conf.write(f'[{role}]\nlisten = 127.0.0.1:0\n'
                           'admin = 127.0.0.1:0\nloops = 1\n'
                           f'plain = {"yes" if plain else "no"}\n')
                for name, value in (public or {}).items():
                    if role == 'public':
                        conf.write(f'{name} = {value}\n')
        self.process = None

    @classmethod
    def running(cls, conf):
        """One that another program started, with the configuration of ours."""
        tam = cls.__new__(cls)
        tam.folder, tam.plain = os.path.dirname(conf), False
        tam.log, tam.process = f'{tam.folder}/log', None
        tam.ports = cls.find_ports(tam.said())
        return tam

    # ---- its life ----------------------------------------------------------

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *ignored):
        self.stop()

    def start(self):
        with open(self.log, 'ab') as log:
            at = log.tell()
            self.process = subprocess.Popen(
                self.under + [f'{self.build}/src/tam/soter-tamd', '--config',
                              self.conf],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        for _ in range(3000):
            lines = self.said(at)
            if 'soter-tamd: ready' in lines:
                break
            if self.process.poll() is not None:
                raise SystemExit('soter-tamd: ' + '\n'.join(lines))
            time.sleep(0.02)
        self.ports = self.find_ports(lines)

    def said(self, at=0):
        with open(self.log, 'rb') as log:
            log.seek(at)
            return log.read().decode(errors='replace').splitlines()

    @staticmethod
    def find_ports(lines):
        """public, intake, and the admin port of each."""
        ports, last = {}, None
        for line in lines:
            event = json.loads(line) if line.startswith('{') else {}
            if event.get('event') != 'listening':
                continue
            if event['app'] == 'admin':
                ports[last + '.admin'] = event['port']
            else:
                last = event['app']
                ports[last] = event['port']
        return ports

    def stop(self, how=signal.SIGTERM):
        """Its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        status = self.process.wait()
        self.process = None
        return status

    def pids(self):
        """Of the two processes."""
        pid = self.process.pid
        with open(f'/proc/{pid}/task/{pid}/children') as file:
            return [int(p) for p in file.read().split()]

    # ---- the operator ------------------------------------------------------

    def verb(self, *words, stdin=None):
        """soter tam WORDS: exit status and answer."""
        run = subprocess.run([f'{self.build}/src/cli/soter', 'tam', *words,
                              '--store', self.where, '--json'],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             input=stdin, text=True)
        answer = json.loads(run.stdout) if run.stdout.startswith('{') else {}
        return run.returncode, dict(answer, stderr=run.stderr)

    def tenant(self, appid, cls='test', *more):
        """Its secret."""
        status, answer = self.verb('tenant', 'add', appid, '--class', cls,
                                   *more)
        assert status == 0, answer
        return answer['secret']

    # ---- who asks ----------------------------------------------------------

    def connect(self, role='public'):
        if self.plain:
            return http.client.HTTPConnection('127.0.0.1', self.ports[role],
                                              timeout=60)
        context = ssl.create_default_context(
            cafile=f'{self.folder}/state/self.crt')
        return http.client.HTTPSConnection('localhost', self.ports[role],
                                           timeout=60, context=context)

    def ask(self, method, path, body=None, role='public', headers=(),
            connection=None):
        c = connection or self.connect(role)
        if isinstance(body, dict):
            body = json.dumps(body)
        c.request(method, path, body, dict(headers))
        got = c.getresponse()
        answer = Answer(got.status, dict(got.getheaders()), got.read())
        if connection is None:
            c.close()
        return answer

    def admin(self, path, role='public'):
        c = http.client.HTTPConnection('127.0.0.1',
                                       self.ports[role + '.admin'], timeout=60)
        c.request('GET', path)
        got = c.getresponse()
        answer = Answer(got.status, dict(got.getheaders()), got.read())
        c.close()
        return answer

    def token(self, appid, secret, role='public', wait=True):
        """An access token; a new tenant is known within a second."""
        query = urllib.parse.urlencode({'grant_type': 'client_credential',
                                        'appid': appid, 'secret': secret})
        for _ in range(200):
            answer = self.ask('GET', f'{TOKEN}?{query}', role=role).json()
            if 'access_token' in answer or not wait:
                return answer.get('access_token')
            time.sleep(0.02)
        raise AssertionError(answer)

    def verify(self, token, ask, signature, **more):
        return self.ask('POST', f'{VERIFY_ASK}?access_token={token}',
                        dict(ask_json=ask, ask_json_signature=signature,
                             **more))

    def intake(self, token, lines):
        body = lines if isinstance(lines, (str, bytes)) else \
            ''.join(json.dumps(line) + '\n' for line in lines)
        return self.ask('POST', INTAKE, body, 'intake',
                        {'Authorization': f'Bearer {token}'})
