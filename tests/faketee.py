# SPDX-License-Identifier: BSD-3-Clause
"""faketee.py -- a TEE of a few lines, for tests of who calls it: each call
succeeds, a signature has the next number, and what a test says is held back."""
import os
import socket
import struct
import threading

from teemsg import (BIO, BIOMETRIC, HELLO, INVOKE, OPEN, REPLY, SOTER, TA,
                    message, read_message, text, u32, u64)

IS_AUTHING, NO_LOOK, WAITING = -9, -7, -70
NAMES = {uuid: {number: prefix + name for name, number in commands.items()}
         for uuid, prefix, commands in ((SOTER, '', TA),
                                        (BIO, 'bio.', BIOMETRIC))}
BODIES = {'status': 10 * u32(0) + 2 * text('fake'),
          'bio.status': 8 * u32(0) + u64(0) + text('fake')}


class FakeTee:
    """Calls have the names of TA soter; those of TA biometric begin with bio.

    As in TA biometric a look belongs to the session with the TEE, the user and
    the signature that it was begun with.  calls: all that came, in order.
    """

    def __init__(self, path):
        self.lock = threading.Lock()
        self.last, self.look, self.calls = 0, None, []
        self.held = {}  # name: (who waits, may they go)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def hold(self, name):
        """From now on this call does not come back, before let()."""
        self.held[name] = threading.Semaphore(0), threading.Event()

    def wait(self, name, timeout=60):
        """Until one more of them is inside; False: none came."""
        return self.held[name][0].acquire(timeout=timeout)

    def let(self, name):
        self.held.pop(name)[1].set()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        names = {}
        try:
            while True:
                kind, serial, body = read_message(sock)
                if kind == HELLO:
                    names = NAMES[body[12:]]
                if kind == OPEN:
                    sock.sendall(message(REPLY, serial,
                                         u32(0, 4, 0) + bytes(32)))
                if kind != INVOKE:
                    continue
                name = names[struct.unpack('<I', body[:4])[0]]
                code, out = self.answer(sock, name, body[40:])
                out = struct.pack('<i', code) + out
                sock.sendall(message(REPLY, serial, u32(0, 4, 0x65) +
                                     bytes(8) + u32(len(out), len(out)) +
                                     bytes(16) + out))
        except (EOFError, OSError):
            pass
        with self.lock:
            if self.look is not None and self.look[0] is sock:
                self.look = None
        sock.close()

    def answer(self, sock, name, request):
        """code and body."""
        with self.lock:
            self.calls.append(name)
        if name in self.held:
            inside, may = self.held[name]
            inside.release()
            may.wait()
        with self.lock:
            if name == 'initSign':
                self.last += 1
                return 0, u64(self.last)
            if name.startswith('bio.auth'):
                return self.sensor(name, (sock, request[:12])), b''
        return 0, BODIES.get(name, b'')

    def sensor(self, name, look):
        if name == 'bio.authBegin':
            if self.look is not None:
                return IS_AUTHING
            self.look = look
            return 0
        if self.look != look:
            return NO_LOOK
        if name == 'bio.authStep':
            return WAITING
        self.look = None
        return 0
