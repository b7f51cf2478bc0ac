#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""rooted_test.py BUILD -- a rooted phone.

As docs/threats.md says: full control of the service, of every file outside the
TEE, and of the TEE's client socket under the service's identity; not the TEE's
own uid.  Separate uids for TEE, service, enroller, app and stranger, so it runs
as root only.  The attacker reads no key, signs nothing without a touch, replays
nothing, finishes no other session, is not taken for TA biometric; and who has
no role is refused every command, without effect.
"""
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, 'tests')
import teehost  # noqa: E402
import teemsg  # noqa: E402
from teemsg import (ACCESS_DENIED, BIO, BIOMETRIC, LOGIN_GROUP,  # noqa: E402
                    LOGIN_PUBLIC, LOGIN_TA, LOGIN_USER, SOTER, TA, Refused,
                    Session, text, u32, u64)

TEE, SERVICE, ENROLLER, APP, STRANGER, OUTSIDER = range(64101, 64107)
GUESTS = 64110  # the group that may connect: all but the outsider
UID, OTHER = 10001, 10002  # apps for which the service speaks
PIN = '2580'
FINGER = 1
KNAME = 'pay-the-rent'

rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:400].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def done():
    print(f'1..{rows}')
    sys.exit(failed > 0)


def as_user(uid, function, *args):
    """What function says when a process of this user runs it: a text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([] if uid == OUTSIDER else [GUESTS])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            answer = function(*args) or ''
        except BaseException as error:
            answer = f'unexpected: {error!r}'
        os.write(write, str(answer).encode()[:4000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, 'rb') as pipe:
        answer = pipe.read().decode()
    os.waitpid(pid, 0)
    return answer


def refused(session, command, request):
    """None if the call is denied, else what came instead."""
    try:
        code, _ = session.send(command, request)
        return f'answered {code}'
    except Refused as error:
        return None if error.result == ACCESS_DENIED else f'{error}'


# A request of each command that would work for who may call it.
USER = u32(0)
SOTER_REQUESTS = {
    'generateAttkKeyPair': u32(1) + text(''),
    'verifyAttkKeyPair': b'', 'exportAttkPublicKey': b'', 'getDeviceId': b'',
    'generateAskKeyPair': u32(UID), 'exportAskPublicKey': u32(UID),
    'removeAllUidKey': u32(UID), 'hasAskAlready': u32(UID),
    'generateAuthKeyPair': u32(UID) + text(KNAME),
    'exportAuthKeyPublicKey': u32(UID) + text(KNAME),
    'removeAuthKey': u32(UID) + text(KNAME),
    'hasAuthKey': u32(UID) + text(KNAME),
    'initSign': u32(UID) + text(KNAME) + text('challenge'),
    'finishSign': u32(UID) + u64(1), 'cancelSign': u32(UID) + u64(1),
    'listKeys': u32(UID), 'factoryNonce': b'',
    'match': u64(1) + USER + u64(1) + u32(FINGER) + u64(2**62) + u64(1) +
    text('x') + text('1'),
}
BIO_REQUESTS = {
    'setPin': USER + text(PIN) + text('9999'),
    'enrolBegin': USER + text(PIN) + u32(FINGER),
    'enrolStep': USER, 'enrolCancel': USER, 'list': USER,
    'remove': USER + text(PIN) + u64(1), 'unfreeze': USER + text(PIN),
    'authBegin': USER + u64(1) + u32(FINGER), 'authStep': USER + u64(1),
    'authCancel': USER + u64(1), 'simFeed': u32(FINGER) + text('thumb'),
}
ENROLLER_ONLY = ('setPin', 'enrolBegin', 'enrolStep', 'enrolCancel', 'remove',
                 'unfreeze')
FACTORY_ONLY = ('generateAttkKeyPair', 'verifyAttkKeyPair', 'factoryNonce')


def state():
    """What both TAs say of themselves."""
    with Session(tee.socket, SOTER) as s, Session(tee.socket, BIO) as b:
        return s.send(TA['status'], b'')[1], \
            b.send(BIOMETRIC['status'], USER)[1]


def nobody(login, group=0, uuid=SOTER):
    """Every command of a TA, by who has no role."""
    table, requests = (TA, SOTER_REQUESTS) if uuid == SOTER else \
        (BIOMETRIC, BIO_REQUESTS)
    wrong = []
    try:
        with Session(tee.socket, uuid, login, group) as session:
            for name, request in requests.items():
                for what in (request, b'', bytes(1024)):
                    fault = refused(session, table[name], what)
                    if fault:
                        wrong.append(f'{name}: {fault}')
            for name, request in (('status', b'' if uuid == SOTER else USER),):
                if session.send(table[name], request)[0] != 0:
                    wrong.append(f'{name} is for anyone')
    except Refused as error:
        wrong.append(f'no session: {error}')
    return '; '.join(wrong)


def strangers():
    before = state()
    for uuid, ta in ((SOTER, 'TA soter'), (BIO, 'TA biometric')):
        row(f'a user without a role is refused each command of {ta}',
            as_user(STRANGER, nobody, LOGIN_USER, 0, uuid))
        row('... the app too, which only the service speaks for',
            as_user(APP, nobody, LOGIN_USER, 0, uuid))
        row('... the service too, if it comes as nobody',
            as_user(SERVICE, nobody, LOGIN_PUBLIC, 0, uuid))
        row('... or as its group', as_user(SERVICE, nobody, LOGIN_GROUP,
                                            SERVICE, uuid))
        row('root has no role either, on whose machine this is',
            nobody(LOGIN_USER, 0, uuid))
    row('and nothing has changed', before != state() and 'it has')


def session_as(login, group=0, uuid=SOTER):
    try:
        with Session(tee.socket, uuid, login, group):
            return 'a session'
    except (Refused, OSError, EOFError):
        return ''


def claims():
    row('who is not of the group does not even get a connection',
        as_user(OUTSIDER, session_as, LOGIN_USER))
    row('a client that claims to be a TA gets no session',
        as_user(SERVICE, session_as, LOGIN_TA))
    row('a client that claims a group it is not in gets none',
        as_user(STRANGER, session_as, LOGIN_GROUP, SERVICE))
    for login in (4, 5, 6, 7, 0x80000000, 0xf0000001, 0xffffffff):
        row(f'nor one that claims login {login:#x}',
            as_user(SERVICE, session_as, login))


# ---------------------------------------------------------------------------
# The service's identity, in the wrong hands

def provision():
    with Session(tee.socket, SOTER) as s:
        assert s.send(TA['generateAttkKeyPair'], u32(1) + text(''))[0] == 0


def enrol():
    with Session(tee.socket, BIO) as b:
        for request in (('setPin', USER + text('') + text(PIN)),
                        ('enrolBegin', USER + text(PIN) + u32(FINGER))):
            assert b.send(BIOMETRIC[request[0]], request[1])[0] == 0
        fid = 0
        while fid == 0:
            assert b.send(BIOMETRIC['simFeed'],
                          u32(FINGER) + text('thumb'))[0] == 0
            code, body = b.send(BIOMETRIC['enrolStep'], USER)
            assert code == 0
            fid = int.from_bytes(body[4:12], 'little')


def make_keys():
    with Session(tee.socket, SOTER) as s:
        for uid in (UID, OTHER):
            for name, request in (
                    ('generateAskKeyPair', u32(uid)),
                    ('generateAuthKeyPair', u32(uid) + text(KNAME)),
                    ('generateAuthKeyPair', u32(uid) + text('login'))):
                assert s.send(TA[name], request)[0] == 0


def begin(s, uid=UID, kname=KNAME):
    code, body = s.send(TA['initSign'], u32(uid) + text(kname) +
                        text('challenge'))
    assert code == 0, f'initSign {code}'
    return int.from_bytes(body, 'little')


def finish(s, session, uid=UID):
    return s.send(TA['finishSign'], u32(uid) + u64(session))


def touch(b, session):
    """Somebody touches the sensor, honestly."""
    codes = [b.send(BIOMETRIC[name], request)[0] for name, request in (
        ('authBegin', USER + u64(session) + u32(FINGER)),
        ('simFeed', u32(FINGER) + text('thumb')),
        ('authStep', USER + u64(session)))]
    return codes == [0, 0, 0]


def wants(*pairs):
    return '; '.join(f'{what}: {got}, wanted {want}'
                     for what, got, want in pairs if got != want)


def no_touch():
    with Session(tee.socket, SOTER) as s, Session(tee.socket, BIO) as b:
        session = begin(s)
        first = finish(s, session)[0]
        b.send(BIOMETRIC['authBegin'], USER + u64(session) + u32(FINGER))
        waiting = finish(s, session)[0]
        b.send(BIOMETRIC['authStep'], USER + u64(session))
        stepped = finish(s, session)[0]
        b.send(BIOMETRIC['authCancel'], USER + u64(session))
        cancelled = finish(s, session)[0]
        answer = wants(('at once', first, -26), ('while it waits', waiting,
                       -26), ('after a step', stepped, -26),
                       ('after a cancel', cancelled, -26))
        s.send(TA['cancelSign'], u32(UID) + u64(session))
        return answer


def own_match():
    with Session(tee.socket, SOTER) as s:
        session = begin(s)
        faults = []
        for sequence in (1, 2**62):
            fault = refused(s, TA['match'], u64(session) + USER + u64(1) +
                            u32(FINGER) + u64(sequence) + u64(1) +
                            text('OpenSOTER-sim') + text('1'))
            faults += [fault] if fault else []
        faults += [wants(('finishSign', finish(s, session)[0], -26))]
        s.send(TA['cancelSign'], u32(UID) + u64(session))
        return ''.join(faults)


def replay():
    with Session(tee.socket, SOTER) as s, Session(tee.socket, BIO) as b:
        session = begin(s)
        if not touch(b, session):
            return 'the honest touch failed'
        code, _ = finish(s, session)
        faults = wants(('the honest one', code, 0),
                       ('finishSign again', finish(s, session)[0], -1000))
        again = begin(s)
        # The same bytes that were a touch, without anybody at the sensor.
        stepped = b.send(BIOMETRIC['authStep'], USER + u64(session))[0]
        b.send(BIOMETRIC['authBegin'], USER + u64(again) + u32(FINGER))
        waited = b.send(BIOMETRIC['authStep'], USER + u64(again))[0]
        b.send(BIOMETRIC['authCancel'], USER + u64(again))
        faults += 'an old step is a match' if stepped == 0 else ''
        faults += 'a touch was kept' if waited == 0 else ''
        faults += wants(('the new session', finish(s, again)[0], -26))
        s.send(TA['cancelSign'], u32(UID) + u64(again))
        return faults


def other_session():
    with Session(tee.socket, SOTER) as s, Session(tee.socket, BIO) as b:
        mine, victim = begin(s, OTHER), begin(s, UID)
        if not touch(b, victim):
            return 'the honest touch failed'
        faults = wants(
            ("the victim's session under another uid",
             finish(s, victim, OTHER)[0], -1000),
            ('a cancel of it', s.send(TA['cancelSign'], u32(OTHER) +
                                      u64(victim))[0], -1000),
            ("the victim's touch for mine", finish(s, mine, OTHER)[0], -26),
            ('a session nobody has', finish(s, victim ^ 2)[0], -1000),
            ('the victim, after all that', finish(s, victim)[0], 0))
        s.send(TA['cancelSign'], u32(OTHER) + u64(mine))
        return faults


def service_limits():
    faults = []
    with Session(tee.socket, SOTER) as s, Session(tee.socket, BIO) as b:
        for name in FACTORY_ONLY:
            fault = refused(s, TA[name], SOTER_REQUESTS[name])
            faults += [f'{name}: {fault}'] if fault else []
        for name in ENROLLER_ONLY:
            fault = refused(b, BIOMETRIC[name], BIO_REQUESTS[name])
            faults += [f'{name}: {fault}'] if fault else []
    return '; '.join(faults)


def service():
    for what, attack in (
            ('without a touch nothing is signed', no_touch),
            ('a match that the service makes up is refused', own_match),
            ('nothing that was recorded works again', replay),
            ('no session of another app is finished, cancelled or used',
             other_session),
            ('and it neither enrols nor provisions', service_limits)):
        row(what, as_user(SERVICE, attack))


# ---------------------------------------------------------------------------
# Files and processes of the TEE

def opened():
    """What of the state and of the TEE's processes can be opened."""
    got = []
    for path in files:
        for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
            try:
                os.close(os.open(path, flags | os.O_NONBLOCK))
                got.append(path)
            except OSError:
                pass
    try:
        os.listdir(tee.state)
        got.append(tee.state)
    except OSError:
        pass
    for pid in pids:
        for name in ('mem', 'environ', 'maps', 'stack', 'fd', 'cwd', 'root'):
            path = f'/proc/{pid}/{name}'
            try:
                if name in ('fd', 'cwd', 'root'):
                    os.listdir(path)
                else:
                    os.close(os.open(path, os.O_RDONLY))
                got.append(path)
            except OSError:
                pass
    return ' '.join(got)


def touched():
    """Which process of the TEE lets itself be traced or killed."""
    libc = ctypes.CDLL(None, use_errno=True)
    got = []
    for pid in pids:
        if libc.ptrace(16, pid, 0, 0) == 0:  # PTRACE_ATTACH
            libc.ptrace(17, pid, 0, 0)
            got.append(f'ptrace {pid}')
        for number in (signal.SIGKILL, signal.SIGSTOP, 0):
            try:
                os.kill(pid, number)
                got.append(f'signal {number} to {pid}')
            except PermissionError:
                pass
    return ' '.join(got)


def modulus():
    """Part of the root's public key, as storage would hold it in the clear."""
    def get():
        with Session(tee.socket, SOTER) as s:
            return s.send(TA['exportAttkPublicKey'], b'')[1].decode()
    pem = as_user(SERVICE, get)
    der = subprocess.run(['openssl', 'rsa', '-pubin', '-noout', '-modulus'],
                         input=pem.encode(), capture_output=True).stdout
    return bytes.fromhex(der.decode().strip().partition('=')[2])[16:48]


def processes():
    global files, pids
    files = [str(p) for p in Path(tee.state).rglob('*')]
    pids = tee.pids()
    row('there are files and processes to attack',
        len(files) < 4 and files, len(pids) < 3 and pids)
    row("the TEE's own user, who is not in these tests, could open them",
        not as_user(TEE, opened) and 'no: the probe is broken')
    for uid, who in ((SERVICE, 'the service'), (APP, 'an app')):
        row(f'{who} opens no file and no process of the TEE',
            as_user(uid, opened))
        row(f'{who} traces, stops and kills none', as_user(uid, touched))
    mark = modulus()
    found = [p for p in files if os.path.isfile(p) and
             (mark in Path(p).read_bytes() or b'thumb' in Path(p).read_bytes()
              or KNAME.encode() in Path(p).read_bytes())]
    row('no file of the state holds a key or a name in the clear, even for '
        'root', len(mark) != 32 and 'no modulus', found)


if os.getuid() != 0:
    print('1..0 # SKIP needs root, for users of their own')
    sys.exit(0)
if len(sys.argv) != 2:
    sys.exit(2)
with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o755)
    tee = teehost.Tee(sys.argv[1], folder, uid=TEE, group=GUESTS, roles={
        'soter.role.service': SERVICE, 'soter.role.enroller': ENROLLER,
        'soter.role.factory': ENROLLER}, development=False)
    with tee:
        row('the factory provisions', as_user(ENROLLER, provision))
        row('the enroller enrols', as_user(ENROLLER, enrol))
        row('the service makes keys', as_user(SERVICE, make_keys))
        strangers()
        claims()
        service()
        processes()
        row('and at the end it still signs for who touches',
            as_user(SERVICE, replay))
done()
