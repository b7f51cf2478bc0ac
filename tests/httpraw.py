# SPDX-License-Identifier: BSD-3-Clause
"""httpraw.py -- HTTP byte by byte, for tests of our servers: nothing here
corrects what a test sends, and nothing is forgiven in what comes back."""
import os
import re
import signal
import select
import socket
import ssl
import subprocess
import time

PATIENCE = 30 * (4 if os.environ.get('SOTER_TEST_SLOW') else 1)


class Broken(Exception):
    """What came back is no HTTP."""


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def __repr__(self):
        return f'{self.status} {self.body[:60]!r}'


def client_context(certificate=None, **options):
    """A TLS client that takes any server; for what a test wants to see."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(*certificate)
    for name, value in options.items():
        setattr(context, name, value)
    return context


class Raw:
    """One connection: what is sent is sent as it is."""

    def __init__(self, port, tls=None, host='127.0.0.1', path=None,
                 session=None, source=None):
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(PATIENCE)
            self.socket.connect(path)
        else:
            self.socket = socket.create_connection(
                (host, port), PATIENCE, (source, 0) if source else None)
        if tls:
            try:
                self.socket = tls.wrap_socket(
                    self.socket, server_hostname='localhost', session=session)
            except BaseException:
                self.socket.close()
                raise
        self.buffer = b''

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Gone, without a word."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               b'\1\0\0\0\0\0\0\0')
        self.socket.close()

    def send(self, data):
        """False if the other side takes no more."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return False

    def end(self):
        """Our half is over; of TLS it is cut off, without a word."""
        socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def more(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return False
        self.buffer += data
        return bool(data)

    def flood(self, data):
        """Send all of it, and keep what is answered meanwhile.  In one thread:
        two may not use the TLS of one connection at once."""
        wait = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
        patience = self.socket.gettimeout()
        self.socket.setblocking(False)
        poll = select.poll()
        poll.register(self.socket, select.POLLIN | select.POLLOUT)
        while data:
            poll.poll(patience * 1000)
            try:
                data = data[self.socket.send(data[:16384]):]
            except wait:
                pass
            try:
                self.buffer += self.socket.recv(65536)
            except wait:
                pass
        self.socket.settimeout(patience)

    def until(self, mark):
        while mark not in self.buffer:
            if not self.more():
                return None
        text, self.buffer = self.buffer.split(mark, 1)
        return text

    def answer(self, head_only=False):
        """The next answer; None: the connection ended instead."""
        head = self.until(b'\r\n\r\n')
        if head is None:
            if self.buffer:
                raise Broken(f'half an answer: {self.buffer[:80]!r}')
            return None
        lines = head.decode().split('\r\n')
        found = re.fullmatch(r'HTTP/1\.1 (\d{3}) [A-Za-z -]*', lines[0])
        if not found or '\r' in ''.join(lines) or '\n' in ''.join(lines):
            raise Broken(f'not an answer: {lines[0]!r}')
        fields = {}
        for line in lines[1:]:
            name, value = line.split(': ', 1)
            if name.lower() in fields:
                raise Broken(f'{name} twice')
            fields[name.lower()] = value
        status = int(found[1])
        body = b''
        if status >= 200 and status != 204 and not head_only:
            want = int(fields['content-length'])
            while len(self.buffer) < want:
                if not self.more():
                    raise Broken('half a body')
            body, self.buffer = self.buffer[:want], self.buffer[want:]
        return Answer(status, fields, body)

    def is_over(self):
        """Wait for the end: True if nothing came before it."""
        while self.more():
            pass
        return not self.buffer


def request(path='/echo', body=None, fields=(), method=None):
    lines = [f'{method or ("GET" if body is None else "POST")} {path} HTTP/1.1',
             'Host: localhost', *fields]
    if body is not None:
        lines.append(f'Content-Length: {len(body)}')
    return '\r\n'.join(lines).encode() + b'\r\n\r\n' + (body or b'')


class Server:
    """A server that says "ready PORT..." and reads a file of settings."""

    def __init__(self, program, folder, settings, arguments=(), **options):
        self.folder, self.settings = folder, dict(settings)
        self.conf = os.path.join(folder, 'conf')
        self.log = os.path.join(folder, 'log')
        self.settings.setdefault('log', self.log)
        self.arguments = [program, *arguments, self.conf]
        self.options, self.process, self.ports = options, None, []

    def write_settings(self):
        plain = [f'{k} = {v}' for k, v in self.settings.items() if '.' not in k]
        below = {}
        for name, value in self.settings.items():
            if '.' in name:
                section, name = name.split('.')
                below.setdefault(section, []).append(f'{name} = {value}')
        for section, lines in below.items():
            plain += [f'[{section}]', *lines]
        with open(self.conf, 'w') as file:
            file.write('\n'.join(plain) + '\n')

    def start(self):
        self.write_settings()
        self.process = subprocess.Popen(self.arguments, text=True,
                                        stdout=subprocess.PIPE,
                                        **self.options)
        line = self.process.stdout.readline()
        if not line.startswith('ready '):
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f'the server does not start: {line!r}')
        self.ports = [int(port) for port in line.split()[1:]]
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *ignored):
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.stdout.close()
        self.process.wait()

    def signal(self, number):
        self.process.send_signal(number)

    def halt(self):
        """Stop it in the middle, until SIGCONT; when this returns it stands."""
        self.signal(signal.SIGSTOP)
        tasks = f'/proc/{self.process.pid}/task'

        def stands():
            states = set()
            for task in os.listdir(tasks):
                with open(f'{tasks}/{task}/stat') as file:
                    states.add(file.read().rsplit(') ', 1)[1][0])
            return states == {'T'}
        wait_for(stands)

    def wait(self):
        return self.process.wait(PATIENCE)

    def resident_kib(self):
        with open(f'/proc/{self.process.pid}/status') as file:
            return int(re.search(r'VmRSS:\s+(\d+)', file.read())[1])

    def logged(self):
        with open(self.log) as file:
            return file.read()


def wait_for(what, patience=PATIENCE):
    """Until what() is true; False if it never is."""
    end = time.monotonic() + patience
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
