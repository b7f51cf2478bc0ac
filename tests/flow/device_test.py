#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""device_test.py BUILD PAY -- an app pays: the whole of docs/protocol.md a.5,
steps 2 to 4.

Goal: app, soterd, soter-teed and the finger are processes of their own, and an
app's server takes what is genuine.  A man in the middle who swaps an ASK or an
AuthKey, who replays or changes a result, is refused by it, for the reason that
it should be; a server that fails costs no key silently.  Rows with a second
user run as root only.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, 'tests')
from devmsg import App  # noqa: E402
from devrig import (END_POINTS, Backend, Device, Middle, Run,  # noqa: E402
                    other_key_inside, post)

OTHER = 10002
is_root = os.getuid() == 0
rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:1500].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def skip(what, why):
    global rows
    rows += 1
    print(f'ok {rows} - {what} # SKIP {why}')


def differs(got, want):
    return None if got == want else f'{got!r}, not {want!r}'


def lacks(lines, *wanted):
    """Those of the wanted texts that are in no line."""
    missing = [w for w in wanted if not any(w in line for line in lines)]
    return f'no {missing} in {lines[-12:]}' if missing else None


# ---------------------------------------------------------------------------

class Soter:
    """soter device ACTION, as an account of the app's server."""

    def __init__(self, url, account='alice', finger='thumb', uid=None):
        self.url, self.finger, self.uid = url, finger, uid
        self.home = tempfile.mkdtemp(dir=folder)
        self.auth = f'{self.home}/authorization'
        with open(self.auth, 'w') as file:
            file.write(account)
        if uid is not None:
            os.chown(self.home, uid, uid)

    def __call__(self, *words, **more):
        """The answer, as the JSON says it, and `status`."""
        command = [f'{build}/src/cli/soter', 'device', *words, '--json']
        if words[0] in ('init', 'prepare', 'authorise'):
            command += ['--server', self.url, '--authorization', self.auth,
                        '--status-dir', f'{self.home}/state',
                        '--account', 'test']
        run = Run(device, command, self.finger, more.get('env', ()), self.uid)
        status = run.wait()
        said = '\n'.join(run.said)
        answer = json.loads(said[said.index('{'):]) if '{' in said else {}
        return dict(answer, status=status, said=said)


def attacker_keys(other):
    """ASK and AuthKey of a device that an attacker owns, as uploads."""
    with App(other.soterd.socket) as app:
        assert app.call('generateAppSecureKey')[0] == 0
        code, ask = app.call('getAppSecureKey')
        assert code == 0
        assert app.call('generateAuthKey')[0] == 0
        code, key = app.call('getAuthKey')
        assert code == 0
    return {path: (blob[4:-256].decode(),
                   base64.b64encode(blob[-256:]).decode())
            for path, blob in (('/upload_ask_key', ask),
                               ('/upload_pay_auth_key', key))}


def swap(path, upload):
    """A change for Middle: another key, or its text changed by a function."""
    def change(asked, body):
        names = END_POINTS.get(asked)
        if asked != path:
            return
        if callable(upload):
            body[names[0]] = upload(body[names[0]])
        else:
            body[names[0]], body[names[1]] = upload
    return change


# ---------------------------------------------------------------------------

def app_pays():
    env = {'XDG_STATE_HOME': f'{folder}/pay'}
    run = Run(device, [pay, server.url()], env=env)
    status = run.wait()
    row('an app pays: ASK, AuthKey, challenge, touch, result',
        differs(status, 0), lacks(run.said, 'init: 0', 'prepare: 0',
                                  'authorise: 0'),
        differs(run.touches, 1),
        lacks(server.said(), '/get_is_support -: ok', '/upload_ask_key -: ok',
              '/upload_pay_auth_key -: ok', '/authentication -: ok'))
    before = len(server.said())
    run = Run(device, [pay, server.url()], env=env)
    status = run.wait()
    later = server.said()[before:]
    row('it pays again with the same keys', differs(status, 0),
        f'{later}' if any('upload' in line for line in later) else None,
        lacks(later, '/authentication -: ok'))


def ten_statements():
    """Of the whole file, and whatever could be called one: declarations, and
    each `if` as well as what it governs."""
    with open('examples/pay.c') as file:
        text = re.sub(r'/\*.*?\*/|"(\\.|[^"\\])*"', '', file.read(),
                      flags=re.S)
    statements = len(re.findall(
        r';|\b(?:if|else|for|while|do|switch|case|goto)\b', text))
    row(f'examples/pay.c: {statements} statements, declarations among them',
        None if 0 < statements <= 10 else 'more than ten')


def genuine(middle):
    soter = Soter(middle.url())
    prepared, paid = soter('prepare'), soter('authorise')
    row('a man in the middle who only looks: all goes well',
        differs((prepared['status'], prepared['code']), (0, 0)),
        differs((paid['status'], paid['code']), (0, 0)))
    return soter


def key_swaps(middle, upload, strange):
    """What the app is told, what goes, and what the server says."""
    table = (
        ('an ASK of a device that nobody knows', '/upload_ask_key',
         strange['/upload_ask_key'], 1003, 'ask',
         'refused: ask: attk_unknown'),
        ('an ASK with another public key in it', '/upload_ask_key',
         other_key_inside, 1003, 'ask', 'refused: ask: signature'),
        ('an ASK of another device that is known', '/upload_ask_key',
         upload['/upload_ask_key'], 1004, 'authkey',
         'refused: authkey: signature'),
        ('an AuthKey of another device', '/upload_pay_auth_key',
         upload['/upload_pay_auth_key'], 1004, 'authkey',
         'refused: authkey: signature'),
        ('an AuthKey with another public key in it', '/upload_pay_auth_key',
         other_key_inside, 1004, 'authkey', 'refused: authkey: signature'))
    for what, path, other, code, removed, word in table:
        before = len(server.said())
        middle.change = swap(path, other)
        answer = Soter(middle.url())('prepare', '--anew')
        middle.change = lambda path, body: None
        has_ask, names = device.names()
        row(f'swapped on the way: {what}',
            differs((answer['status'], answer['code']), (1, code)),
            None if removed in answer.get('removed', ()) else answer,
            differs([n for n in names if 'test' in n], []),
            None if has_ask or removed == 'ask' else 'no ASK',
            lacks(server.said()[before:], word))


def both_swapped(middle, upload):
    middle.change = lambda path, body: \
        swap(path, upload[path])(path, body) if path in upload else None
    soter = Soter(middle.url(), 'victim')
    prepared = soter('prepare', '--anew')
    middle.change = lambda path, body: None
    before = len(server.said())
    paid = soter('authorise')
    row('both keys are those of another device: no result is taken',
        differs(prepared['code'], 0),
        differs((paid['status'], paid['code']), (1, 1019)),
        lacks(server.said()[before:], 'refused: result: signature'))


def last_result(middle):
    return [body for path, body in middle.seen if path == '/authentication'][-1]


def replays(middle, soter):
    """soter has keys, and has paid."""
    soter('prepare', '--anew')
    row('it pays', differs(soter('authorise')['code'], 0))
    result = last_result(middle)
    verdict = server.post('/authentication', result, 'alice')
    row('the same result once more', differs(verdict['is_authenticated'],
                                             False),
        lacks(server.said()[-1:], 'refused: result: challenge_differs'))
    middle.change = lambda path, body: \
        path == '/authentication' and body.update(result) or None
    answer = soter('authorise')
    middle.change = lambda path, body: None
    row('an old result in the place of a new one',
        differs((answer['status'], answer['code']), (1, 1019)),
        lacks(server.said()[-1:], 'refused: result: challenge_differs'))
    middle.change = lambda path, body: path == '/authentication' and \
        body.update(signatureJson=re.sub(
            '"fid":"[0-9]*"', '"fid":"11"', body['signatureJson'])) or None
    answer = soter('authorise')
    middle.change = lambda path, body: None
    row('another finger is written into a result',
        differs((answer['status'], answer['code']), (1, 1019)),
        lacks(server.said()[-1:], 'refused: result: signature'))
    out_of_order(soter)


def signed_for(challenge, soter):
    """A result of the core alone, as an upload."""
    file = f'{folder}/result'
    name = next(n for n in device.names()[1] if 'test' in n)
    answer = soter('sign', '--name', name, '--challenge', challenge,
                   '--out', file)
    assert answer['status'] == 0, answer
    with open(file, 'rb') as blob:
        data = blob.read()
    return {'signatureJson': data[4:-256].decode(), 'scene': 1, 'saltlen': 20,
            'signature': base64.b64encode(data[-256:]).decode()}


def out_of_order(soter):
    def challenge():
        return server.post('/get_challenge', {'scene': 1},
                           'alice')['challengeStr']
    first = signed_for(challenge(), soter)
    second = signed_for(challenge(), soter)
    verdicts = [server.post('/authentication', x, 'alice')['is_authenticated']
                for x in (second, first)]
    row('a result is held back until a later one was taken: the counter',
        differs(verdicts, [True, False]),
        lacks(server.said()[-1:], 'refused: result: counter_behind'))
    other = signed_for(challenge(), soter)
    verdict = server.post('/authentication', dict(other, scene=2), 'alice')
    row('a result for another business', differs(verdict['is_authenticated'],
                                                 False))
    verdict = server.post('/authentication', other, 'bob')
    row('a result for another account', differs(verdict['is_authenticated'],
                                                False))


def other_finger(soter):
    device.enrol('little finger')
    soter.finger = 'little finger'
    answer = soter('authorise')
    row('a finger that is enrolled, but not the one of this account',
        differs((answer['status'], answer['code']), (1, 1019)),
        lacks(server.said()[-1:], 'refused: result: finger_unknown'))
    soter.finger = 'thumb'
    row('the finger of the account', differs(soter('authorise')['code'], 0))


def faults():
    soter = Soter(server.url(), 'carol')
    server.fault('/upload_ask_key', '500', 2)
    answer = soter('prepare', '--anew')
    row('a server that fails twice is asked three times',
        differs((answer['status'], answer['code']), (0, 0)))
    for fault, status in (('refuse', 1), ('nonsense', 2), ('500', 2)):
        server.fault('/upload_pay_auth_key', fault, 9)
        answer = soter('prepare', '--anew')
        server.fault('/upload_pay_auth_key', fault, 0)
        row(f'AuthKey and a server that says {fault}: 1004, and it is told '
            'what went',
            differs((answer['status'], answer['code']), (status, 1004)),
            None if 'authkey' in answer.get('removed', ()) else answer)
    server.fault('/upload_ask_key', 'lose', 1)
    server.fault('/upload_pay_auth_key', 'lose', 1)
    answer = soter('prepare', '--anew')
    row('keys whose answer is lost: they go up again, and are no replay',
        differs((answer['status'], answer['code']), (0, 0)))
    server.fault('/authentication', 'lose', 1)
    before = len(server.said())
    answer = soter('authorise')
    row('a result whose answer is lost: 1019, the server may have taken it',
        differs((answer['status'], answer['code'], answer['word']),
                (2, 1019, 'no_answer')),
        differs([line for line in server.said()[before:]
                 if '/authentication' in line],
                ['/authentication carol: ok']))
    row('and the next one goes well', differs(soter('authorise')['code'], 0))
    server.fault('/get_challenge', 'hang', 9)
    soter('prepare')
    begin = time.monotonic()
    answer = soter('authorise', '--time', '2')
    took = time.monotonic() - begin
    server.fault('/get_challenge', 'hang', 0)
    row('a server that says nothing: the time is over when it was said',
        differs(answer['status'] != 0, True),
        f'{took:.1f} s' if took > 15 else None)
    row('and then it goes well', differs(soter('authorise')['code'], 0))


def password():
    """A business that is switched on with a password, by one command after
    the other: each is a process of its own."""
    soter = Soter(server.url(), 'dora')
    digest = f'{soter.home}/digest'
    with open(digest, 'w') as file:
        file.write('d1935t')
    assert soter('prepare', '--anew', '--digest', digest)['code'] == 0
    before = len(server.said())
    row('the first result, from another process than its key: with the '
        'password', differs(soter('authorise', '--digest', digest)['code'], 0),
        lacks(server.said()[before:], '/open_fingerprintpay dora: ok'))
    row('and the next one without', differs(soter('authorise')['code'], 0),
        lacks(server.said()[-1:], '/authentication dora: ok'))


def second_user():
    try:
        subprocess.run([f'{build}/src/cli/soter', 'version'], user=OTHER,
                       group=OTHER, extra_groups=[], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        skip('a second user', 'cannot reach this build')
        return
    mine = device.names()
    other = Soter(server.url(), 'mallory', uid=OTHER)
    row('a second user sees no key of the first',
        differs(other('list').get('word'), 'ask_not_ready'),
        differs(other('ask', 'has')['status'], 1),
        differs(other('authkey', 'export', '--name', mine[1][0])['word'],
                'auth_key_not_ready'))
    row('and signs with none',
        differs(other('sign', '--name', mine[1][0], '--challenge',
                      'x')['word'], 'auth_key_not_ready'))
    row('and removes none',
        differs(other('authkey', 'remove', '--name', mine[1][0])['status'],
                1),
        differs(other('forget', str(os.getuid()))['word'], 'access_denied'),
        differs(device.names(), mine))
    row('but has keys of its own, and pays with them',
        differs(other('prepare')['code'], 0),
        differs(other('authorise')['code'], 0))
    soter = Soter(server.url())
    row('root says that its package is gone: so are its keys',
        differs(soter('forget', str(OTHER))['status'], 0),
        differs(other('ask', 'has')['word'], 'ask_not_ready'),
        differs(device.names(), mine))


def freeze(soter):
    soter.finger = 'a thief'
    answer = soter('authorise')
    soter.finger = None
    state = soter('status')
    row('a thief touches until the sensor freezes',
        differs((answer['status'], answer['code']), (1, 1022)),
        None if answer.get('freeze_ms', 0) > 0 else answer,
        None if state.get('freeze_ms', 0) > 0 else state)
    answer = soter('authorise')
    row('and stays so for a while', differs(answer['code'], 1021),
        None if answer.get('freeze_ms', 0) > 0 else answer)


def verbs():
    soter = Soter(server.url())
    before = device.names()
    test = soter('selftest')
    row('selftest: each step, and the keys stay', differs(test['status'], 0),
        differs([s['ok'] for s in test.get('steps', ())], [True] * 9),
        differs(device.names(), before))
    row('status and id', differs(soter('status').get('provisioned'), True),
        differs(soter('id').get('device_id'), cpu_id))
    row('no service: status 2',
        differs(soter('status', '--socket', f'{folder}/nothing',
                      '--time', '1')['status'], 2),
        differs(soter('init', '--socket', f'{folder}/nothing')['status'], 2))


build, pay = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
with tempfile.TemporaryDirectory(prefix='soter.') as folder:
    os.chmod(folder, 0o755)
    device = Device(build, f'{folder}/device')
    with device, Device(build, f'{folder}/known') as known:
        cpu_id, root = device.provision()
        device.enrol()
        known_root = known.provision()
        upload = attacker_keys(known)
        with Device(build, f'{folder}/strange') as stranger:
            stranger.provision()
            strange = attacker_keys(stranger)
        server = Backend(build, f'{folder}/backend',
                         [(cpu_id, root), known_root])
        with server, Middle(server.port) as middle:
            app_pays()
            ten_statements()
            verbs()
            soter = genuine(middle)
            key_swaps(middle, upload, strange)
            both_swapped(middle, attacker_keys(known))
            replays(middle, soter)
            other_finger(soter)
            faults()
            password()
            if is_root:
                second_user()
            else:
                skip('a second user', 'needs root')
            freeze(soter)
print(f'1..{rows}')
sys.exit(failed > 0)
