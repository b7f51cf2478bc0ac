# SPDX-License-Identifier: BSD-3-Clause
"""teemsg.py -- the messages of src/wire/teemsg.h and src/wire/tacmd.h, for
tests that are a client or a TEE of their own, and may lie."""
import socket
import struct

HELLO, OPEN, INVOKE, CANCEL, REPLY = 1, 2, 3, 4, 5
MEMREF_IN, MEMREF_OUT, MEMREF_INOUT = 5, 6, 7
LOGIN_PUBLIC, LOGIN_USER, LOGIN_GROUP = 0, 1, 2
LOGIN_TA = 0xf0000000

SOTER = bytes.fromhex('cc0b2bae392349ffaafb2e353ffef804')
BIO = bytes.fromhex('6d209395ab63400e982babdf62b483b2')

SUCCESS = 0
ACCESS_DENIED = 0xffff0001

# Commands of TA soter and TA biometric, by the names of the standard.
TA = {name: number for number, name in enumerate((
    'generateAttkKeyPair', 'verifyAttkKeyPair', 'exportAttkPublicKey',
    'getDeviceId', 'generateAskKeyPair', 'exportAskPublicKey',
    'removeAllUidKey', 'hasAskAlready', 'generateAuthKeyPair',
    'exportAuthKeyPublicKey', 'removeAuthKey', 'hasAuthKey', 'initSign',
    'finishSign', 'cancelSign', 'listKeys', 'status', 'selfTest',
    'factoryNonce'), 1)}
TA['match'] = 32
BIOMETRIC = {name: number for number, name in enumerate((
    'status', 'setPin', 'enrolBegin', 'enrolStep', 'enrolCancel', 'list',
    'remove', 'unfreeze', 'authBegin', 'authStep', 'authCancel'), 1)}
BIOMETRIC['simFeed'] = 32


def u32(*numbers):
    return struct.pack(f'<{len(numbers)}I', *numbers)


def u64(number):
    return struct.pack('<Q', number)


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return u32(len(value)) + value


def message(kind, serial, body):
    return u32(8 + len(body), kind, serial) + body


def read_exactly(sock, n):
    got = b''
    while len(got) < n:
        more = sock.recv(n - len(got))
        if not more:
            raise EOFError
        got += more
    return got


def read_message(sock):
    """kind, serial, body."""
    (n,) = struct.unpack('<I', read_exactly(sock, 4))
    rest = read_exactly(sock, n)
    return struct.unpack('<II', rest[:8]) + (rest[8:],)


class Refused(Exception):
    """The call did not take place: a TEE_Result and its origin."""

    def __init__(self, result, origin=0):
        super().__init__(f'0x{result:08x}')
        self.result, self.origin = result, origin


class Session:
    """A session with a trusted application."""

    def __init__(self, path, uuid, login=LOGIN_USER, group=0):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.serial = 0
        try:
            self.sock.connect(path)
            self.sock.sendall(message(HELLO, 0, u32(1, login, group) + uuid))
            self.exchange(OPEN, u32(0) + bytes(32))
        except BaseException:
            self.sock.close()
            raise

    def exchange(self, kind, body):
        self.serial += 1
        self.sock.sendall(message(kind, self.serial, body))
        while True:
            kind, serial, body = read_message(self.sock)
            if kind != REPLY or len(body) < 12:
                raise EOFError
            result, origin, _ = struct.unpack('<III', body[:12])
            if result != SUCCESS:
                raise Refused(result, origin)
            if serial == self.serial:
                return body[12:]

    def send(self, command, request):
        """code of c.3 and body; raises Refused."""
        types = MEMREF_IN | MEMREF_OUT << 4
        body = self.exchange(INVOKE, u32(command, types, len(request), 1,
                                         4100, 1, 0, 0, 0, 0) + request)
        reply = body[32:]
        return struct.unpack('<i', reply[:4])[0], reply[4:]

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()
