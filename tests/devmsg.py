# SPDX-License-Identifier: BSD-3-Clause
"""devmsg.py -- the messages of src/wire/devmsg.h, for tests that are an app of
their own, and may lie; and a soterd to talk to."""
import os
import socket
import struct
import subprocess
import time

from teemsg import read_exactly, text, u32, u64

CALLS = {name: number for number, name in enumerate((
    'generateAppSecureKey', 'getAppSecureKey', 'hasAskAlready',
    'generateAuthKey', 'removeAuthKey', 'getAuthKey', 'removeAllAuthKey',
    'hasAuthKey', 'initSigh', 'finishSign', 'getDeviceId', 'getVersion',
    'getExtraParam'), 1)}
CALLS.update((name, number) for number, name in enumerate((
    'cancelSign', 'authBegin', 'authStep', 'authCancel', 'state', 'selfTest',
    'listKeys', 'forget'), 32))

FINGER = 1


def fields(name, kname='pay', challenge='challenge', session=1, whose=0):
    """What a call takes, filled in."""
    if name in ('generateAuthKey', 'removeAuthKey', 'getAuthKey',
                'hasAuthKey'):
        return text(kname)
    return {'initSigh': text(kname) + text(challenge),
            'finishSign': u64(session), 'cancelSign': u64(session),
            'authBegin': u64(session) + u32(FINGER),
            'authStep': u64(session), 'authCancel': u64(session),
            'getExtraParam': text('fingerprint_type'),
            'forget': u32(whose)}.get(name, b'')


class App:
    """A connection to soterd; uid is what its messages claim."""

    def __init__(self, path, uid=0):
        self.uid, self.serial = uid, 0
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)  # waits where too many do
        self.sock.settimeout(60)

    def call(self, name, **what):
        """code of c.3 and body."""
        return self.send(CALLS[name], fields(name, **what))

    def send(self, number, body):
        self.put(number, body)
        return self.receive()

    def ask(self, name, **what):
        """A call whose answer receive() waits for."""
        self.put(CALLS[name], fields(name, **what))

    def put(self, number, body):
        self.serial += 1
        self.sock.sendall(u32(12 + len(body), number, self.serial, self.uid) +
                          body)

    def receive(self):
        (n,) = struct.unpack('<I', read_exactly(self.sock, 4))
        reply = read_exactly(self.sock, n)
        serial, code = struct.unpack('<Ii', reply[:8])
        assert serial == self.serial, (serial, self.serial)
        return code, reply[8:]

    def is_over(self):
        """Has the other end hung up?"""
        try:
            return self.sock.recv(1) == b''
        except ConnectionResetError:
            return True

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.sock.close()


class Soterd:
    """Start it with `with`.  uid: as root, whom it becomes."""

    def __init__(self, build, folder, tee, uid=64102, options=()):
        self.socket = f'{folder}/run/soterd.sock'
        self.log = f'{folder}/soterd.log'
        self.env = dict(os.environ, SOTER_TEE_SOCKET=tee)
        self.command = [f'{build}/src/device/soterd/soterd', '--socket',
                        self.socket, *options]
        if os.getuid() == 0:
            self.command += ['--user', str(uid)]

    def __enter__(self):
        with open(self.log, 'ab') as log:
            at = log.tell()
            self.process = subprocess.Popen(
                self.command, stderr=log, stdout=log, env=self.env,
                stdin=subprocess.DEVNULL)
        for _ in range(600):
            if b'ready at' in self.said(at):
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise SystemExit(f'soterd did not start: {self.said(at)}')

    def said(self, at=0):
        with open(self.log, 'rb') as log:
            log.seek(at)
            return log.read()

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait()
