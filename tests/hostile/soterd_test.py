#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""soterd_test.py BUILD -- whom soterd serves, and whom it does not.

Two users on one machine cannot see, use or delete each other's keys, whatever
they send; who stalls, floods or sends nonsense harms nobody else; a TEE that
dies is found again.  Rows with a second user run as root only.
"""
import fcntl
import os
import signal
import struct
import sys
import tempfile
import termios
import time

sys.path.insert(0, 'tests')
import devmsg  # noqa: E402
import faketee  # noqa: E402
import teehost  # noqa: E402
import teemsg  # noqa: E402
from devmsg import CALLS, App, fields  # noqa: E402
from teemsg import (BIO, BIOMETRIC, SOTER, TA, Session, text,  # noqa: E402
                    u32, u64)

TEE, SERVICE = 64101, 64102
ME, OTHER = 10001, 10002
PIN = '2580'
UNKNOWN, ACCESS, ARGUMENT = -1000, -71, -16
TAKEN, WAITING = -9, -70
is_root = os.getuid() == 0
slow = os.environ.get('SOTER_TEST_SLOW')

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


def skip(what, why):
    global rows
    rows += 1
    print(f'ok {rows} - {what} # SKIP {why}')


def differs(got, want):
    return None if got == want else f'{got!r}, not {want!r}'


def as_user(uid, function, *args):
    """What function says when a process of this user runs it: a text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if is_root:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            answer = function(*args)
            answer = '' if answer is None else answer
        except BaseException as error:
            answer = f'unexpected: {error!r}'
        os.write(write, str(answer).encode()[:4000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, 'rb') as pipe:
        answer = pipe.read().decode()
    os.waitpid(pid, 0)
    return answer


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


def forged():
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
                if name == 'forget' and code != ACCESS:
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
    done, hold = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:  # the other user, with a signature that is begun
        os.setgroups([])
        os.setresgid(OTHER, OTHER, OTHER)
        os.setresuid(OTHER, OTHER, OTHER)
        with App(daemon.socket) as app:
            session = begun(app, 'rent')
            os.write(done[1], u64(session))
            os.read(hold[0], 1)
            code, _ = app.call('authBegin', session=session)
            os.write(done[1], struct.pack('<q', code))
            os.read(hold[0], 1)
            codes = [app.call('authStep', session=session)[0],
                     app.call('finishSign', session=session)[0]]
            os.write(done[1], struct.pack('<2q', *codes))
        os._exit(0)
    victim = struct.unpack('<Q', os.read(done[0], 8))[0]
    row('every message with a forged uid: only the sender is concerned',
        as_user(ME, forged))
    row("the other user's keys are all there",
        differs(as_user(OTHER, names), str((0, ['pay', 'rent']))))
    os.write(hold[1], b'x')
    row("and so is the other's signature",
        differs(struct.unpack('<q', os.read(done[0], 8))[0], 0))
    row('while the sensor looks for one, another has to wait',
        differs(as_user(ME, busy), '-9'))
    touch('thumb')
    os.write(hold[1], b'x')
    row('the touch signs for whom it was given',
        differs(struct.unpack('<2q', os.read(done[0], 16)), (0, 0)))
    os.waitpid(pid, 0)
    row('a removed package: nobody but root may say so',
        differs(as_user(ME, forget, OTHER), str(ACCESS)),
        differs(as_user(OTHER, names), str((0, ['pay', 'rent']))),
        differs(forget(OTHER), 0),
        differs(as_user(OTHER, names), str((-5, []))))


def forget(uid):
    with App(daemon.socket) as app:
        return app.call('forget', whose=uid)[0]


def busy():
    with App(daemon.socket) as app:
        make_keys(['pay'])
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
    with App(daemon.socket) as app, App(daemon.socket) as lazy:
        assert lazy.call('authBegin', session=begun(lazy))[0] == 0
        session = begun(app, 'rent')
        row('who does not look at the sensor for a while loses it',
            differs(app.call('authBegin', session=session)[0], -9),
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


def soon(call, want=0):
    """What call says, once it says what it should; or after 20 s."""
    for _ in range(200):
        got = call()
        if got == want:
            break
        time.sleep(0.1)
    return got


def crowd():
    apps = [App(daemon.socket) for _ in range(2)]
    apps[0].sock.sendall(u32(12))
    row('half a request keeps nobody waiting',
        differs(apps[1].call('getVersion')[0], 0))
    row('and is not waited for for ever',
        None if apps[0].is_over() else 'it goes on')
    apps[0].sock.close()
    apps[1].sock.close()
    flood = App(daemon.socket)
    flood.sock.setblocking(False)
    request = u32(12, CALLS['state'], 1, 0)
    sent = 0
    try:
        while sent < 64 << 20:
            sent += flood.sock.send(request * 256)
    except BlockingIOError:
        pass
    with App(daemon.socket) as app:
        row('who asks and does not read fills no memory',
            differs(sent < 64 << 20, True),
            differs(app.call('getVersion')[0], 0))
    flood.sock.close()


def kill_tas():
    for pid in tee.pids():
        with open(f'/proc/{pid}/cmdline', 'rb') as words:
            if words.read().split(b'\0')[0] == b'soter-ta':
                os.kill(pid, signal.SIGKILL)


def tee_dies():
    with App(daemon.socket) as app:
        assert app.call('hasAskAlready')[0] == 0
        for pid in tee.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        tee.process.wait()
        row('the TEE is dead: -18, and the connection lives',
            differs(app.call('hasAskAlready')[0], -18))
        with tee:
            row('it is there again: so is the key',
                differs(app.call('hasAskAlready')[0], 0))
            session = begun(app)
            kill_tas()
            row('the process of a TA was killed: its signatures are gone',
                differs(app.call('finishSign', session=session)[0], UNKNOWN),
                differs(soon(lambda: app.call('hasAskAlready')[0]), 0))


# ---------------------------------------------------------------------------
# A TEE that takes its time

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
        skip('and so is another user, who does', 'needs root')
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
    """Whoever is sent away is so at once; whoever is not does not hear of it."""
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
    apps = [App(d.socket) for _ in range(15)]
    assert all(is_served(app) for app in apps)
    assert is_served(apps[0])  # now apps[1] is idle for the longest time
    apps += [App(d.socket)]
    row('one more connection of a user: its longest idle one goes',
        differs([is_served(app) for app in apps],
                [True] + [False] + 14 * [True]))
    os.write(may_go, b'x')
    row('but not one whose process waits for a touch',
        differs(struct.unpack('<q', os.read(read, 8))[0], 0))
    os.waitpid(pid, 0)
    apps += [App(d.socket)]
    assert is_served(apps[-1])
    apps = [app for app in apps if is_served(app)]
    while len(apps) < 16:
        apps.append(App(d.socket))
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
        skip('another user has all of its own', 'needs root')
    for app in apps:
        app.sock.sendall(u32(CALLS['getVersion'], 99, 0))
        app.serial = 99
        assert app.receive()[0] == 0
        app.sock.close()


def all_places(d, threads):
    soon(lambda: len(os.listdir(f'/proc/{d.process.pid}/task')), threads)
    few = connected_as(20098, d.socket)
    assert is_served(few)
    apps = [connected_as(20000 + i // 16, d.socket) for i in range(255)]
    assert is_served(apps[-1])
    more = [connected_as(20099, d.socket)]
    row('all places are taken: the longest idle one of who has most goes',
        differs(is_served(more[0]), True),
        differs([is_served(app) for app in apps], [False] + 254 * [True]))
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
        skip("one user's signatures push out no other's", 'needs root')
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
            provision()
            enrol()
            locked_down()
            numbers()
            nonsense()
            if is_root:
                two_users()
            else:
                skip('two users', 'needs root')
            one_user()
            crowd()
            make_keys(['pay'])
            tee_dies()
        end()
    fake = faketee.FakeTee(f'{folder}/fake')
    os.mkdir(f'{folder}/2', 0o755)
    with devmsg.Soterd(build, f'{folder}/2', f'{folder}/fake', SERVICE) as d:
        threads = len(os.listdir(f'/proc/{d.process.pid}/task'))
        slow_calls(d, fake)
        looks(d, fake)
        places(d)
        if is_root:
            all_places(d, threads)
        else:
            skip('all places are taken: ...', 'needs root')
            skip('and not one of who has no more than ...', 'needs root')
        fake.calls.clear()
        crowded_out(d, fake)
print(f'1..{rows}')
sys.exit(failed > 0)
