#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""soterd_busy_test.py BUILD -- whom soterd lets in, keeps waiting and sends away.

Over a TEE that holds back what it is told: calls that hang, looks at the one
sensor, places for connections and signatures that somebody takes for nothing,
lines of the log, and an end while calls are under way.  Rows with other users
run as root only.
"""
import fcntl
import os
import struct
import sys
import tempfile
import termios

sys.path.insert(0, 'tests')
from devmsg import CALLS, App, Soterd  # noqa: E402
from faketee import FakeTee  # noqa: E402
from taprows import (as_user, differs, done, is_root, row, skip,  # noqa: E402
                     soon)
from teemsg import u32  # noqa: E402

SERVICE = 64102
ME, OTHER = 10001, 10002
UNKNOWN, TAKEN, WAITING, GONE = -1000, -9, -70, -18


def begun(app, kname='pay'):
    code, body = app.call('initSigh', kname=kname)
    assert code == 0, code
    return int.from_bytes(body, 'little')


def slow_calls(d, fake):
    fake.hold('hasAuthKey')
    waiting = [App(d.socket) for _ in range(8)]
    for app in waiting:
        app.ask('hasAuthKey')
    for _ in range(4):
        fake.wait('hasAuthKey')
    with App(d.socket) as app:
        row('calls that hang in the TEE: who needs no TEE is answered',
            differs(app.call('getVersion')[0], 0))
    if is_root:
        row('and so is another user, who does',
            differs(as_user(ME, has_ask, d.socket), '0'))
    else:
        skip('and so is another user, who does')
    row('no more of one user than a few are inside at once',
        'a fifth' if fake.wait('hasAuthKey', 0.5) else None)
    fake.let('hasAuthKey')
    row('each gets its answer in the end',
        *[differs(app.receive()[0], 0) for app in waiting])
    for app in waiting:
        app.sock.close()


def looks(d, fake):
    """Whose look it is, while others ask for all that they may."""
    with App(d.socket) as app, App(d.socket) as more, App(d.socket) as other:
        session, second = begun(app), begun(other, 'rent')
        fake.hold('bio.status')
        more.ask('state')
        fake.wait('bio.status')
        assert app.call('authBegin', session=session)[0] == 0
        fake.let('bio.status')
        more.receive()
        fake.hold('bio.status')
        more.ask('state')
        fake.wait('bio.status')
        row('a look goes on, whatever sessions with the TEE others take',
            differs(app.call('authStep', session=session)[0], WAITING),
            differs(app.call('authCancel', session=session)[0], 0))
        fake.let('bio.status')
        more.receive()

        assert app.call('authBegin', session=session)[0] == 0
        fake.hold('bio.authStep')
        app.ask('authStep', session=session)
        fake.wait('bio.authStep')
        row('a look that hangs in the TEE: others hear that it is taken',
            differs(other.call('authBegin', session=second)[0], TAKEN),
            differs(other.call('hasAskAlready')[0], 0),
            differs(more.call('authCancel', session=session)[0], TAKEN))
        fake.let('bio.authStep')
        row('and when it comes back, what was given up is free',
            differs(app.receive()[0], WAITING),
            differs(other.call('authBegin', session=second)[0], 0))
        begun(more, 'rent')
        row('a look for a signature that is no more: the next one has it',
            differs(app.call('authBegin', session=session)[0], 0))


def is_served(app):
    """Whoever is sent away is so at once."""
    try:
        return app.call('getVersion')[0] == 0
    except (EOFError, OSError):
        return False


def connected_as(uid, path):
    os.seteuid(uid)
    try:
        return App(path)
    finally:
        os.seteuid(0)


def unread(app):
    """How many bytes the other end has not read yet."""
    n = fcntl.ioctl(app.sock, termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(n, 'little')


def threads(d):
    """The state of each; S sleeps, and so has nothing left to do."""
    states, folder = '', f'/proc/{d.process.pid}/task'
    for thread in os.listdir(folder):
        try:
            with open(f'{folder}/{thread}/stat') as stat:
                states += stat.read().rpartition(')')[2].split()[0]
        except FileNotFoundError:
            pass
    return states


def settled(d, n):
    """Until n are there, and all of them rest."""
    want = 'S' * (alone + n)
    assert soon(lambda: threads(d), want) == want


def places(d):
    """Who has to go when somebody comes and all places are taken."""
    read, write = os.pipe()
    go, may_go = os.pipe()
    pid = os.fork()
    if pid == 0:  # a process with one connection, and a signature
        with App(d.socket) as app:
            session = begun(app)
            os.write(write, b'x')
            os.read(go, 1)
            code, _ = app.call('finishSign', session=session)
            os.write(write, struct.pack('<q', code))
        os._exit(0)
    os.read(read, 1)
    settled(d, 1)
    apps = [App(d.socket) for _ in range(15)]
    assert all(is_served(app) for app in apps)
    settled(d, 16)
    assert is_served(apps[0])  # now apps[1] is idle for the longest time
    settled(d, 16)
    apps += [App(d.socket)]
    row('one more connection of a user: its longest idle one goes',
        differs(is_served(apps[-1]), True),
        differs([is_served(app) for app in apps],
                [True] + [False] + 14 * [True]))
    os.write(may_go, b'x')
    row('but not one whose process waits for a touch',
        differs(struct.unpack('<q', os.read(read, 8))[0], 0))
    os.waitpid(pid, 0)
    settled(d, 15)
    apps = [app for app in apps if is_served(app)] + [App(d.socket)]
    for app in apps:
        assert is_served(app)
        app.sock.sendall(u32(12))
        soon(lambda: unread(app))  # it is at work from now on
    with App(d.socket) as app:
        row('none goes that is at work: nobody comes in',
            differs(is_served(app), False))
    if is_root:
        row('another user has all of its own',
            differs(as_user(ME, has_ask, d.socket), '0'))
    else:
        skip('another user has all of its own')
    for app in apps:
        app.sock.sendall(u32(CALLS['getVersion'], 99, 0))
        app.serial = 99
        assert app.receive()[0] == 0
        app.sock.close()


def all_places(d):
    few = connected_as(20098, d.socket)
    assert is_served(few)
    apps = [connected_as(20000 + i // 16, d.socket) for i in range(255)]
    assert is_served(apps[-1])
    settled(d, 256)
    more = [connected_as(20099, d.socket)]
    row('all places are taken: the longest idle one of who has most goes',
        differs(is_served(more[0]), True),
        differs([is_served(app) for app in apps], [False] + 254 * [True]))
    settled(d, 256)
    more.append(connected_as(20099, d.socket))
    row('and not one of who has no more than the newcomer',
        differs(is_served(more[1]), True),
        differs(sum(map(is_served, apps)), 253),
        differs(is_served(few), True))
    for app in apps + more:
        app.sock.close()
    few.sock.close()


def crowded_out(d, fake):
    """Signatures that another user's should push out of what is remembered."""
    if not is_root:
        skip("one user's signatures push out no other's")
        return
    with App(d.socket) as app:
        session = begun(app)
        row("one user's signatures push out no other's",
            differs(as_user(OTHER, begin_many, d.socket, 33), '0'),
            differs('cancelSign' in fake.calls, True),
            differs(app.call('finishSign', session=session)[0], 0))


def begin_many(path, n):
    with App(path) as app:
        for i in range(n):
            for name in ('generateAuthKey', 'initSigh', 'removeAuthKey'):
                code, _ = app.call(name, kname=f'key {i}')
                if code != 0:
                    return code
    return 0


def has_ask(path):
    with App(path) as app:
        return app.call('hasAskAlready')[0]


def lines(d):
    """A user makes soterd say the same again and again."""
    with App(d.socket) as app:
        codes = {app.call('hasAskAlready')[0] for _ in range(500)}
        said = d.said().count(b'\n')
    row('a user who causes line after line: the log has few',
        differs(codes, {GONE}), differs(10 < said < 100, True),
        differs(b'left out' in d.said(), True))


class End:
    """SIGTERM while a call is in the TEE, which comes back, or does not."""

    def __init__(self, folder, comes_back):
        os.mkdir(folder, 0o755)
        self.fake = FakeTee(f'{folder}/fake')
        self.d = Soterd(build, folder, f'{folder}/fake', SERVICE).__enter__()
        self.idle, self.app = App(self.d.socket), App(self.d.socket)
        assert self.idle.call('getVersion')[0] == 0
        self.fake.hold('hasAuthKey')
        self.app.ask('hasAuthKey')
        self.fake.wait('hasAuthKey')
        self.d.process.terminate()
        self.faults = [None if self.idle.is_over() else 'who rests stays']
        if comes_back:
            self.fake.let('hasAuthKey')
            self.faults.append(differs(self.app.receive()[0], 0))

    def end(self, what, says):
        row(what, *self.faults, differs(self.d.process.wait(), 0),
            None if self.app.is_over() else 'a connection goes on',
            'it is there' if os.path.exists(self.d.socket) else None,
            differs(b'not waited for' in self.d.said(), says))


build = sys.argv[1]
with tempfile.TemporaryDirectory(prefix='soter.') as folder:
    os.chmod(folder, 0o755)
    hangs = End(f'{folder}/hangs', False)
    End(f'{folder}/ends', True).end(
        'SIGTERM with a call in the TEE: its answer goes out', False)
    fake = FakeTee(f'{folder}/fake')
    with Soterd(build, folder, f'{folder}/fake', SERVICE) as d:
        with App(d.socket) as app:
            assert is_served(app)
            alone = len(threads(d)) - 1  # a sanitizer has one of its own
        slow_calls(d, fake)
        looks(d, fake)
        settled(d, 0)
        places(d)
        settled(d, 0)
        if is_root:
            all_places(d)
        else:
            skip('all places are taken: ...')
            skip('and not one of who has no more than ...')
        fake.calls.clear()
        crowded_out(d, fake)
    row('after all of it: it ends in order', differs(d.process.returncode, 0))
    os.mkdir(f'{folder}/none', 0o755)
    with Soterd(build, f'{folder}/none', f'{folder}/none/tee', SERVICE) as d:
        lines(d)
    hangs.end('and one that never comes back is not waited for', True)
done()
