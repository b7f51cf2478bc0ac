#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""soterd_test.py BUILD -- whom soterd serves, and whom it does not.

Two users on one machine cannot see, use or delete each other's keys, whatever
they send; who stalls, floods or sends nonsense harms nobody else; a TEE that
dies is found again.  Rows with a second user run as root only.
"""
import os
import signal
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, 'tests')
import devmsg  # noqa: E402
import teehost  # noqa: E402
from devmsg import CALLS, App, fields  # noqa: E402
from taprows import (as_user, become, differs, done, is_root, row,  # noqa: E402
                     skip, soon)
from teemsg import (BIO, BIOMETRIC, SOTER, TA, Session, text,  # noqa: E402
                    u32, u64)

TEE, SERVICE = 64101, 64102
ME, OTHER = 10001, 10002
PIN = '2580'
UNKNOWN, ACCESS, ARGUMENT, TAKEN, GONE = -1000, -71, -16, -9, -18
slow = os.environ.get('SOTER_TEST_SLOW')

# ---------------------------------------------------------------------------
# The world: a device with a root and a thumb

def provision():
    with Session(tee.socket, SOTER) as s:
        assert s.send(TA['generateAttkKeyPair'], u32(1) + text(''))[0] == 0


def enrol():
    user = u32(0)
    with Session(tee.socket, BIO) as b:
        assert b.send(BIOMETRIC['setPin'], user + text('') + text(PIN))[0] == 0
        assert b.send(BIOMETRIC['enrolBegin'],
                      user + text(PIN) + u32(1))[0] == 0
        fid = 0
        while fid == 0:
            touch('thumb')
            code, body = b.send(BIOMETRIC['enrolStep'], user)
            assert code == 0
            fid = int.from_bytes(body[4:12], 'little')


def touch(finger):
    with Session(tee.socket, BIO) as b:
        assert b.send(BIOMETRIC['simFeed'], u32(1) + text(finger))[0] == 0


def make_keys(names):
    with App(daemon.socket) as app:
        assert app.call('generateAppSecureKey')[0] == 0
        for name in names:
            assert app.call('generateAuthKey', kname=name)[0] == 0


def begun(app, kname='pay'):
    code, body = app.call('initSigh', kname=kname)
    assert code == 0, code
    return int.from_bytes(body, 'little')


def names():
    with App(daemon.socket) as app:
        code, body = app.call('listKeys')
    found = []
    while code == 0 and body:
        n = int.from_bytes(body[:4], 'little')
        found.append(body[4:4 + n].decode())
        body = body[4 + n:]
    return code, sorted(found)


def sign(app, session):
    """Touch and finish; the code, and the signed text."""
    code, _ = app.call('authBegin', session=session)
    if code != 0:
        return code, b''
    touch('thumb')
    code, _ = app.call('authStep', session=session)
    if code != 0:
        return code, b''
    code, body = app.call('finishSign', session=session)
    return code, body[4:-256]


# ---------------------------------------------------------------------------

def locked_down():
    """What is left of its rights, as the kernel says."""
    with open(f'/proc/{daemon.process.pid}/status') as status:
        has = dict(line.split(':', 1) for line in status)
    user = str(SERVICE if is_root else me)
    row('its user, no capability, no new privileges, calls filtered',
        differs(has['Uid'].split(), [user] * 4),
        differs(int(has['CapPrm'], 16) if is_root else 0, 0),
        differs(has['Groups'].split() if is_root else [], []),
        differs(has['NoNewPrivs'].strip(), '1'),
        differs(has['Seccomp'].strip(), '0' if slow else '2'))


def numbers():
    """c.6: what the service itself says."""
    with App(daemon.socket) as app:
        row('numbers of c.6: empty kname, challenge, session',
            *[differs(app.call(name, kname='')[0], -202)
              for name in CALLS if b'pay' in fields(name)],
            differs(app.call('initSigh', challenge='')[0], -203),
            *[differs(app.call(name, session=0)[0], -204)
              for name in CALLS
              if fields(name, session=1) != fields(name, session=2)])
        row('version and extra parameters',
            differs(app.call('getVersion'), (0, u32(1))),
            differs(app.call('getExtraParam'), (0, u32(2))),
            differs(app.send(CALLS['getExtraParam'], text(
                'fingerprint_hardware_position')), (0, u32(1, 2, 3, 4))),
            differs(app.send(CALLS['getExtraParam'], text('?'))[0], ARGUMENT))


def nonsense():
    with App(daemon.socket) as app:
        lies = [app.send(99, b''), app.send(0, b''),
                app.send(CALLS['hasAskAlready'], b'x'),
                app.send(CALLS['hasAuthKey'], u32(5) + b'pay'),
                app.send(CALLS['hasAuthKey'], u32(0xffffffff) + b'pay'),
                app.send(CALLS['hasAuthKey'], text('k' * 128)),
                app.send(CALLS['initSigh'], text('k') + text('c' * 513)),
                app.send(CALLS['finishSign'], u64(2**63)),
                app.send(CALLS['authBegin'], u64(1) + u32(3))]
        row('a request that makes no sense: a number, and the next is heard',
            *[differs(lie, (ARGUMENT, b'')) for lie in lies],
            differs(app.call('getVersion')[0], 0))
    for what, data in (('too long', u32(1021)), ('4 GiB', b'\xff' * 4),
                       ('too short', u32(7)), ('of no bytes', u32(0))):
        with App(daemon.socket) as app:
            app.sock.sendall(data)
            row(f'a message that is {what}: the connection ends',
                None if app.is_over() else 'it goes on')


FORGED = 'every message with a forged uid: only the sender is concerned'


def forged(may_forget=False):
    """Every message, with every uid that it could claim."""
    wrong = []
    with App(daemon.socket) as app:
        app.call('removeAllAuthKey')
    for uid in (OTHER, 0, SERVICE, 0xffffffff):
        with App(daemon.socket, uid) as app:
            for name in CALLS:
                if name in ('selfTest',):
                    continue
                code, body = app.call(name, session=victim, kname='pay',
                                      whose=OTHER)
                if name in ('finishSign', 'cancelSign', 'authBegin',
                            'authStep', 'authCancel') and code != UNKNOWN:
                    wrong.append(f'{name} as {uid}: {code}')
                if name == 'forget' and code != (0 if may_forget else ACCESS):
                    wrong.append(f'{name} as {uid}: {code}')
                if name == 'listKeys' and b'rent' in body:
                    wrong.append(f'{name} as {uid}: {body}')
                if name in ('getAppSecureKey', 'getAuthKey') and code == 0 \
                        and f'"uid":"{os.getuid()}"'.encode() not in body:
                    wrong.append(f'{name} as {uid}: {body}')
            app.call('removeAllAuthKey')
    return '; '.join(wrong)


def two_users():
    global victim
    as_user(OTHER, make_keys, ['pay', 'rent'])
    as_user(ME, make_keys, ['pay'])
    greedy()
    told, hold = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:  # the other user, with a signature that is begun
        become(OTHER)
        with App(daemon.socket) as app:
            session = begun(app, 'rent')
            os.write(told[1], u64(session))
            os.read(hold[0], 1)
            code, _ = app.call('authBegin', session=session)
            os.write(told[1], struct.pack('<q', code))
            os.read(hold[0], 1)
            codes = [app.call('authStep', session=session)[0],
                     app.call('finishSign', session=session)[0]]
            os.write(told[1], struct.pack('<2q', *codes))
        os._exit(0)
    victim = struct.unpack('<Q', os.read(told[0], 8))[0]
    row(FORGED, as_user(ME, forged))
    row("the other user's keys are all there",
        differs(as_user(OTHER, names), str((0, ['pay', 'rent']))))
    as_user(ME, make_keys, ['pay'])  # no look waits for it
    os.write(hold[1], b'x')
    row("and so is the other's signature",
        differs(struct.unpack('<q', os.read(told[0], 8))[0], 0))
    row('while the sensor looks for one, another has to wait',
        differs(as_user(ME, busy), str(TAKEN)))
    touch('thumb')
    os.write(hold[1], b'x')
    row('the touch signs for whom it was given',
        differs(struct.unpack('<2q', os.read(told[0], 16)), (0, 0)))
    os.waitpid(pid, 0)
    row('who was turned away comes first', differs(as_user(ME, busy), '0'))
    row('a removed package: nobody but root may say so',
        differs(as_user(ME, forget, OTHER), str(ACCESS)),
        differs(as_user(OTHER, names), str((0, ['pay', 'rent']))),
        differs(forget(OTHER), 0),
        differs(as_user(OTHER, names), str((-5, []))))


def look_after_look(told, hold):
    """Has the sensor; when told to, gives it back and begins anew at once."""
    with App(daemon.socket) as app:
        session, another = begun(app), begun(app, 'rent')
        codes = [app.call('authBegin', session=session)[0]]
        os.write(told, b'x')
        os.read(hold, 1)
        codes.append(app.call('authCancel', session=session)[0])
        codes.append(app.call('authBegin', session=another)[0])
        os.write(told, struct.pack('<3q', *codes))


def comes_in_between(told, hold):
    with App(daemon.socket) as app:
        session = begun(app)
        codes = [app.call('authBegin', session=session)[0]]
        os.write(hold, b'x')
        others = struct.unpack('<3q', os.read(told, 24))
        codes.append(app.call('authBegin', session=session)[0])
        app.call('authCancel', session=session)
    return [*others, *codes]


def greedy():
    told, hold = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        become(OTHER)
        look_after_look(told[1], hold[0])
        os._exit(0)
    os.read(told[0], 1)
    row('one user begins look after look: another one has his turn between',
        differs(as_user(ME, comes_in_between, told[0], hold[1]),
                str([0, 0, TAKEN, TAKEN, 0])))
    os.waitpid(pid, 0)


def forget(uid):
    with App(daemon.socket) as app:
        return app.call('forget', whose=uid)[0]


def busy():
    with App(daemon.socket) as app:
        return app.call('authBegin', session=begun(app))[0]


def one_user():
    """What an app leaves behind, and what it may take."""
    make_keys(['pay', 'rent'])
    with App(daemon.socket) as app, App(daemon.socket) as second:
        session = begun(app)
        row('finishSign without a touch, and the session stays',
            differs(app.call('finishSign', session=session)[0], -26),
            differs(sign(second, session)[0], 0))
        row('a session signs once',
            differs(app.call('finishSign', session=session)[0], UNKNOWN))
        row('again and again with one kname: the other session stays',
            differs(again_and_again(app, begun(second, 'rent'), second), 0))
    with App(daemon.socket) as app:
        session = begun(app)
        assert app.call('authBegin', session=session)[0] == 0
        row('cancelSign while the sensor looks: it looks for nobody',
            differs(app.call('cancelSign', session=session)[0], 0),
            differs(can_enrol(), 0))
    row('a connection goes, its process has another: the signature stays',
        as_user(me, one_of_two))
    session = int(as_user(me, leave_looking))
    with App(daemon.socket) as app:
        row('an app that goes leaves sensor and session free',
            differs(gone(app, session), UNKNOWN),
            differs(soon(lambda: sign(app, begun(app))[0]), 0))


def lazy():
    """Whatever needs no sensor may be tried meanwhile."""
    with App(daemon.socket) as app, App(daemon.socket) as idle:
        assert idle.call('authBegin', session=begun(idle))[0] == 0
        session = begun(app, 'rent')
        early = app.call('authBegin', session=session)[0]
        flood()
        row('who does not look at the sensor for a while loses it',
            differs(early, TAKEN),
            differs(soon(lambda: app.call('authBegin', session=session)[0]),
                    0))


def can_enrol():
    """What TA biometric itself says, to whom may enrol."""
    with Session(tee.socket, BIO) as b:
        code, _ = b.send(BIOMETRIC['enrolBegin'], u32(0) + text(PIN) + u32(1))
        if code == 0:
            b.send(BIOMETRIC['enrolCancel'], u32(0))
    return code


def again_and_again(app, session, owner):
    for _ in range(40):
        begun(app)
    return sign(owner, session)[0]


def one_of_two():
    with App(daemon.socket) as app:
        with App(daemon.socket) as first:
            session = begun(first)
        for _ in range(30):  # until it is known that the first has gone
            code, _ = app.call('finishSign', session=session)
            if code != -26:
                return differs(code, -26)
            time.sleep(0.01)
        return differs(sign(app, session)[0], 0)


def leave_looking():
    app = App(daemon.socket)
    session = begun(app)
    assert app.call('authBegin', session=session)[0] == 0
    return session


def gone(app, session):
    return soon(lambda: app.call('authStep', session=session)[0], UNKNOWN)


class Half:
    """Half a request, sent before all else."""

    def __init__(self):
        self.app = App(daemon.socket)
        self.app.sock.sendall(u32(12))
        with App(daemon.socket) as app:
            row('half a request keeps nobody waiting',
                differs(app.call('getVersion')[0], 0))

    def end(self):
        row('and is not waited for for ever',
            None if self.app.is_over() else 'it goes on')
        self.app.sock.close()


def flood():
    app = App(daemon.socket)
    app.sock.setblocking(False)
    request = u32(12, CALLS['state'], 1, 0)
    sent = 0
    try:
        while sent < 64 << 20:
            sent += app.sock.send(request * 256)
    except BlockingIOError:
        pass
    with App(daemon.socket) as other:
        row('who asks and does not read fills no memory',
            differs(sent < 64 << 20, True),
            differs(other.call('getVersion')[0], 0))
    app.sock.close()


def kill_tas():
    for pid in tee.pids():
        with open(f'/proc/{pid}/cmdline', 'rb') as words:
            if words.read().split(b'\0')[0] == b'soter-ta':
                os.kill(pid, signal.SIGKILL)


def kill_tee():
    for pid in tee.pids():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    tee.process.wait()


class Load:
    """Six apps that ask and ask; what they hear."""

    def __init__(self):
        self.is_over, self.heard = threading.Event(), [[] for _ in range(6)]
        self.threads = [threading.Thread(target=self.ask, args=(codes,))
                        for codes in self.heard]
        for thread in self.threads:
            thread.start()

    def ask(self, codes):
        try:
            with App(daemon.socket) as app:
                while not self.is_over.is_set():
                    for name in ('hasAskAlready', 'state', 'getAuthKey'):
                        codes.append(app.call(name)[0])
        except (EOFError, OSError) as error:
            codes.append(repr(error))

    def wait(self, code):
        """Until each has heard this one from now on."""
        begin = [len(codes) for codes in self.heard]
        soon(lambda: all(code in codes[n:] for n, codes
                         in zip(begin, self.heard)), True)

    def end(self):
        """All that was heard, and what at last."""
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        return ({code for codes in self.heard for code in codes},
                {codes[-1] for codes in self.heard})


def tee_dies():
    with App(daemon.socket) as app:
        assert app.call('hasAskAlready')[0] == 0
        load = Load()
        load.wait(0)
        kill_tee()
        load.wait(GONE)
        row('the TEE is dead: -18, and the connection lives',
            differs(app.call('hasAskAlready')[0], GONE))
        with tee:
            row('it is there again: so is the key',
                differs(app.call('hasAskAlready')[0], 0))
            load.wait(0)
            heard, last = load.end()
            # ACCESS: soter-teed has a socket, and not yet given it away.
            row('killed under load: nobody hears anything else, nor for ever',
                differs(heard - {ACCESS}, {0, GONE}), differs(last, {0}))
            session = begun(app)
            kill_tas()
            row('the process of a TA was killed: its signatures are gone',
                differs(app.call('finishSign', session=session)[0], UNKNOWN),
                differs(soon(lambda: app.call('hasAskAlready')[0]), 0))


# ---------------------------------------------------------------------------

def end():
    with App(daemon.socket) as app:
        assert app.call('getVersion')[0] == 0
        daemon.process.terminate()
        row('SIGTERM: it ends in order, and the socket is gone',
            differs(daemon.process.wait(), 0),
            None if app.is_over() else 'a connection goes on',
            'the socket is there' if os.path.exists(daemon.socket) else None)


build = sys.argv[1]
victim = 0
me = os.getuid()
with tempfile.TemporaryDirectory(prefix='soter.') as folder:
    os.chmod(folder, 0o755)
    roles = {'soter.role.service': SERVICE if is_root else me,
             'soter.role.factory': me, 'soter.role.enroller': me}
    tee = teehost.Tee(build, folder, roles, development=False, uid=TEE,
                      group=SERVICE if is_root else None)
    daemon = devmsg.Soterd(build, folder, tee.socket, SERVICE, options=[
        '--fingerprint-type', '2', '--fingerprint-position', '1,2,3,4'])
    with daemon:
        with tee:
            half = Half()
            provision()
            enrol()
            locked_down()
            numbers()
            nonsense()
            if is_root:
                two_users()
            else:
                # This service is its user's own, who may forget whom he likes.
                victim = 7
                row(FORGED, forged(may_forget=True))
                skip('two users')
            one_user()
            lazy()
            make_keys(['pay'])
            tee_dies()
        half.end()
        end()
done()
