#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tam_test.py BUILD BACKEND -- a TAM, from an empty store to a verdict.

Goal: soter-tamd with its two processes, over TLS, on a store of each kind, and
a device of this repository (soter-teed, soterd, its own root).  The factory
brings the root, an app's backend asks whether the device's ASK is genuine, and
each answer and error of docs/protocol.md e.1 to e.3 comes in its historic
shape; with "explain" it says why.
"""
import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, 'tests')
import pg  # noqa: E402
from devmsg import App  # noqa: E402
from devrig import Device  # noqa: E402
from tamrig import IS_SUPPORT, TOKEN, VERIFY_ASK, Tam  # noqa: E402

rows = failed = 0
is_root = os.getuid() == 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:1500].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def differs(got, want):
    return None if got == want else f'{got!r}, not {want!r}'


def error(number):
    """What an answer should be: this errcode, a text, nothing else."""
    return lambda a: None if (
        a.status == 200 and a.json().get('errcode') == number and
        set(a.json()) == {'errcode', 'errmsg'}) else f'{a}, not {number}'


# ---------------------------------------------------------------------------

def make_ask(device):
    """The ASK of this user on a device, as an app uploads it."""
    with App(device.soterd.socket) as app:
        assert app.call('generateAppSecureKey')[0] == 0
        code, blob = app.call('getAppSecureKey')
    assert code == 0
    n = int.from_bytes(blob[:4], 'little')
    return blob[4:4 + n].decode(), base64.b64encode(blob[4 + n:]).decode()


def root_line(device):
    cpu_id, pem = device.root()
    with open(pem) as file:
        return {'device_id': cpu_id, 'attk_pub_pem': file.read(),
                'batch': 'b-1', 'station': 's-1'}


def tokens():
    query = 'grant_type=client_credential&appid=shop&secret=' + secret
    good = tam.ask('GET', f'{TOKEN}?{query}')
    row('e.1: a token, and how long it lives',
        differs(sorted(good.json()), ['access_token', 'expires_in']),
        differs(good.json().get('expires_in'), 7200),
        differs(good.headers.get('Content-Type'), 'application/json'))
    for what, query, number in (
            ('no grant_type', 'appid=shop&secret=' + secret, 40002),
            ('another grant_type',
             'grant_type=password&appid=shop&secret=' + secret, 40002),
            ('no appid', 'grant_type=client_credential&secret=x', 41002),
            ('no secret', 'grant_type=client_credential&appid=shop', 41004),
            ('an unknown appid',
             'grant_type=client_credential&appid=shop2&secret=x', 40013),
            ('an appid with a NUL',
             'grant_type=client_credential&appid=shop%00&secret=x', 47001),
            ('two appids', 'grant_type=client_credential&appid=shop&appid=x'
             '&secret=' + secret, 40013),
            ('a wrong secret', 'grant_type=client_credential&appid=shop'
             '&secret=' + '0' * 32, 40125),
            ('a secret of another length',
             'grant_type=client_credential&appid=shop&secret=0', 40125)):
        row(f'e.1: {what}: {number}',
            error(number)(tam.ask('GET', f'{TOKEN}?{query}')))
    row('e.1: POST: 43001', error(43001)(tam.ask('POST', TOKEN, 'x')))


def gate():
    body = {'ask_json': 'x', 'ask_json_signature': 'x'}
    for path in VERIFY_ASK, IS_SUPPORT:
        name = path.rsplit('/', 1)[1]
        for what, query, number in (
                ('no token', '', 41001),
                ('an empty token', '?access_token=', 41001),
                ('a token that is none', '?access_token=abc', 40001),
                ('a changed token', '?access_token=' +
                 token[:-1] + ('0' if token[-1] != '0' else '1'), 40001),
                ('two tokens', f'?access_token={token}&access_token={token}',
                 40001)):
            row(f'{name}: {what}: {number}',
                error(number)(tam.ask('POST', path + query, body)))
        row(f'{name}: GET: 43002',
            error(43002)(tam.ask('GET', f'{path}?access_token={token}')))
        row(f'{name}: no body: 44002',
            error(44002)(tam.ask('POST', f'{path}?access_token={token}', '')))
        row(f'{name}: no JSON: 47001', error(47001)(
            tam.ask('POST', f'{path}?access_token={token}', 'a=b')))
    row('another path: 404',
        differs(tam.ask('POST', '/cgi-bin/other', body).status, 404))
    row('a factory may not ask: 48001', error(48001)(
        tam.ask('POST', f'{VERIFY_ASK}?access_token={factory}', body)))


def intake():
    line = root_line(device)
    twin = dict(line, device_id='f' * 32)
    other = dict(root_line(stranger), device_id=line['device_id'])
    answer = tam.intake(factory, [line])
    row('intake: the factory brings a root',
        differs(answer.status, 200),
        differs(answer.lines(), [{'device_id': line['device_id'],
                                  'result': 'ok'}]))
    answer = tam.intake(factory, [line, twin, other, {'device_id': 'x'}])
    row('intake: same, shared, different, no key; each has its answer',
        differs([(a['result'], a.get('reason')) for a in answer.lines()],
                [('same', None), ('refused', 'attk_shared'),
                 ('refused', 'attk_differs'),
                 ('refused', 'field_missing')]))
    answer = tam.intake(factory, [dict(line, device_id='\x01' * 128)])
    row('intake: the longest answer, all of it escapes',
        differs(answer.status, 200),
        differs(json.loads(answer.body), {'device_id': '\x01' * 128,
                                          'result': 'refused',
                                          'reason': 'argument'}))
    row('intake: an app may not', differs(tam.intake(token, [line]).status, 403))
    row('intake: nobody may not', differs(tam.intake('x', [line]).status, 401))
    row('intake: an empty body', differs(tam.intake(factory, '\n').status, 400))
    row('intake: more than it takes at once',
        differs(tam.intake(factory, 'x\n' * 200).status, 413))
    row('intake: GET', differs(
        tam.ask('GET', '/intake/roots', role='intake').status, 405))
    row('the public listener takes no roots', differs(
        tam.ask('POST', '/intake/roots', 'x').status, 404))


def verdicts():
    text, signature = ask
    answer = tam.verify(token, text, signature)
    row('e.3: the ASK of a real TEE of ours is genuine',
        differs(answer.json(), {'is_verified': True, 'attk_version': 1}))
    why = {'word': 'ok', 'number': 0, 'link': 'ask'}
    row('e.3: the same with the reason',
        differs(tam.verify(token, text, signature, explain=True).json(),
                {'is_verified': True, 'attk_version': 1, 'reason': why}))
    foreign = make_ask(stranger)
    row('e.3: a device that the TAM does not know: 90005',
        error(90005)(tam.verify(token, *foreign)))
    refused('e.3: an ASK that was swapped', foreign[0].replace(
        stranger_id, device_id), foreign[1], 'signature')
    refused('e.3: one letter changed',
            text.replace('"counter":', '"counter":1'), signature, 'signature')
    refused('e.3: another signature', text, foreign[1], 'signature')
    refused('e.3: a signature with blanks for +', text,
            ' ' + signature[1:], 'base64')
    for what, body, number in (
            ('ask_json missing', {'ask_json_signature': signature}, 90001),
            ('signature missing', {'ask_json': text}, 90002),
            ('an empty signature',
             {'ask_json': text, 'ask_json_signature': ''}, 90002),
            ('bad format', {'ask_json': text[:-1],
                            'ask_json_signature': signature}, 90003),
            ('no device_id', {'ask_json': text.replace('cpu_id', 'cpu_ie'),
                              'ask_json_signature': signature}, 90004)):
        row(f'e.3: {what}: {number}', error(number)(
            tam.ask('POST', f'{VERIFY_ASK}?access_token={token}', body)))
    row('e.3: an ask_json that is no text: 47001', error(47001)(
        tam.ask('POST', f'{VERIFY_ASK}?access_token={token}',
                {'ask_json': json.loads(text),
                 'ask_json_signature': signature})))


def refused(what, text, signature, word):
    bare = tam.verify(token, text, signature)
    told = tam.verify(token, text, signature, explain=True)
    row(f'{what}: not verified, {word}',
        differs(bare.json(), {'is_verified': False}),
        differs(told.json().get('reason', {}).get('word'), word),
        differs(told.json().get('is_verified'), False))


def until(what, wanted):
    """A change by the operator is known to the server within a second."""
    for _ in range(250):
        got = what()
        if got == wanted:
            return None
        time.sleep(0.02)
    return f'{got!r}, not {wanted!r}'


def word():
    return tam.verify(token, *ask, explain=True).json().get(
        'reason', {}).get('word')


def operator():
    row('a revoked root is refused at once',
        differs(tam.verb('device', 'revoke', device_id, '--note', 'lost')[0],
                0), differs(word(), 'attk_revoked'))
    row('a suspended one',
        differs(tam.verb('device', 'suspend', device_id)[0], 0),
        differs(word(), 'attk_suspended'))
    row('and taken again',
        differs(tam.verb('device', 'resume', device_id)[0], 0),
        differs(word(), 'ok'))
    shown = tam.verb('device', 'show', device_id)[1]
    row('device show: class, status, its entry in the trail',
        differs([(r['class'], r['status'], r['attk_version'])
                 for r in shown.get('roots', [])], [('test', 'active', 1),
                                               ('production', 'active', 1)]))
    production = tam.token('bank', tam.tenant('bank', 'production'))
    row('a test root in production',
        differs(tam.verify(production, *ask, explain=True).json(),
                {'is_verified': False, 'reason': {
                    'word': 'class_differs', 'number': 0x308,
                    'link': 'ask'}}))
    tam.verb('tenant', 'suspend', 'bank')
    row('a suspended tenant: 48001', until(
        lambda: tam.verify(production, *ask).json().get('errcode'), 48001))
    tam.verb('tenant', 'resume', 'bank')
    tam.verb('tenant', 'revoke', 'bank')
    row('revoked tokens: 40001', until(
        lambda: tam.verify(production, *ask).json().get('errcode'), 40001))
    tam.verb('tenant', 'remove', 'bank')
    row('a removed tenant gets no token: 40013', until(
        lambda: tam.ask('GET', f'{TOKEN}?grant_type=client_credential'
                        '&appid=bank&secret=x').json().get('errcode'), 40013))
    old = tam.token('twin', tam.tenant('twin'))
    tam.verb('tenant', 'remove', 'twin')
    new = tam.token('twin', tam.tenant('twin'))
    row('another tenant of the same name: its tokens are good, the old are not',
        differs(tam.verify(new, *ask).json().get('is_verified'), True),
        error(40001)(tam.verify(old, *ask)))
    rare = tam.token('rare', tam.tenant('rare', 'test', '--rate', '1'))
    time.sleep(1.1)  # its bucket is full again
    for _ in range(20):
        tam.ask('GET', f'{TOKEN}?grant_type=client_credential&appid=rare'
                '&secret=' + '0' * 32)
    row('who knows no more than an appid does not use up its rate', differs(
        tam.verify(rare, *ask).json().get('errcode'), None))
    slow = tam.token('slow', tam.tenant('slow', 'test', '--rate', '2'))
    codes = [tam.verify(slow, *ask).json().get('errcode') for _ in range(20)]
    row('a tenant that asks too fast: 45011',
        differs(set(codes), {None, 45011}))


def models():
    def support(xml, **more):
        return tam.ask('POST', f'{IS_SUPPORT}?access_token={token}',
                       dict(model_key=xml, **more)).json()

    def xml(maker, model):
        return (f'<deviceinfo><MANUFACTURER name="{maker}"><MODEL '
                f'name="{model}"></MODEL></MANUFACTURER></deviceinfo>')

    rules = ('{"id":"acme","maker":"ACME","verdict":"allow",'
             '"support_type":1,"date":"2026-11-26"}\n'
             '{"id":"acme-x","maker":"ACME","model":"X*","verdict":"deny",'
             '"date":"2026-11-26","note":"leaks"}\n'
             '{"id":"hw","maker":"HW","verdict":"allow","support_type":1,'
             '"profile":"huawei","date":"2026-11-26"}\n')
    with open(f'{folder}/rules', 'w') as file:
        file.write(rules)
    with open(f'{folder}/bad', 'w') as file:
        file.write(rules + '{"id":"b"}\n')
    status, answer = tam.verb('model', 'import', f'{folder}/bad')
    row('a file of rules with a mistake changes nothing, and names the line',
        differs(status, 2),
        None if 'line 4' in answer['stderr'] else answer['stderr'],
        differs(tam.verb('stats')[1].get('models'), 0))
    row('rules are imported', differs(
        tam.verb('model', 'import', f'{folder}/rules')[1].get('rules'), 3))
    row('e.2: a supported model, SDK 2', until(
        lambda: support(xml('ACME', 'Y'), sdk_version=2),
        {'is_support': True, 'support_type': 1}))
    row('e.2: before SDK 2.0 there is no type', differs(
        support(xml('ACME', 'Y')), {'is_support': True}))
    row('e.2: a denied one, and why', differs(
        support(xml('ACME', 'X9'), sdk_version=2, explain=True),
        {'is_support': False, 'support_type': 0, 'reason': {
            'word': 'model_denied', 'number': 0x90c, 'link': 'none'}}))
    row('e.2: an unknown one', differs(
        support(xml('Who', 'Y'), sdk_version=2, explain=True)['reason'],
        {'word': 'model_unknown', 'number': 0x90b, 'link': 'none'}))
    row('e.2: the quirk profile of the rule, for who asks why', differs(
        support(xml('HW', 'Y'), explain=True).get('reason'),
        {'word': 'ok', 'number': 0, 'link': 'none', 'profile': 'huawei'}),
        differs(support(xml('HW', 'Y')), {'is_support': True}))
    bomb = ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
            '<deviceinfo>&a;</deviceinfo>')
    for what, key, number in (('no XML', 'x', 90001),
                              ('an XML bomb', bomb, 90001),
                              ('an external entity', '<!DOCTYPE x SYSTEM '
                               '"file:///etc/passwd"><deviceinfo/>', 90001),
                              ('another node', '<deviceinfo><BRAND name="x">',
                               90002)):
        got = support(key, sdk_version=2)
        row(f'e.2: {what}: {number}',
            differs(sorted(got), ['errcode', 'errmsg']),
            differs(got.get('errcode'), number))
    got = support(xml('ACME', 'Y'), sdk_version='2.0')
    row('e.2: "2.0" is no number: 47001', differs(got.get('errcode'), 47001))


def chains():
    """What a real phone signed, if it is there (docs/testing.md)."""
    real = os.environ.get('SOTER_REAL_VECTORS')
    what = 'e.3: the certificate chain of a real phone'
    if not real:
        global rows
        rows += 1
        print(f'ok {rows} - {what} # SKIP SOTER_REAL_VECTORS is not set')
        return
    with open(f'{real}/huawei_hwhma_2024/hw_ask_cert_json.txt', 'rb') as file:
        chain = file.read().decode()
    production = tam.token('chains', tam.tenant('chains', 'production'))

    def told(text, who=production):
        return tam.verify(who, text, '', explain=True).json()

    good = told(chain)
    row(what + ' is genuine', differs(good.get('is_verified'), True))
    row(what + ' is no test root: refused for a test tenant',
        differs(told(chain, token).get('reason', {}).get('word'),
                'class_differs'))
    certs = json.loads(chain)['certs']
    swapped = json.dumps({'certs': [certs[0], certs[2], certs[1], certs[3]]})
    row(what + ', put together in another order', differs(
        told(swapped).get('is_verified'), False))
    row(what + ', one certificate short: 90003 or not verified', differs(
        told(json.dumps({'certs': certs[:3]})).get('is_verified', False),
        False))
    cpu_id = json.loads(chain).get('cpu_id') or claimed(chain)
    row(what + ': the operator can refuse the device',
        differs(tam.verb('device', 'revoke', cpu_id)[0], 0),
        differs(told(chain).get('reason', {}).get('word'), 'attk_revoked'))


def claimed(text):
    """The device that a signed text names, as soter inspect reads it."""
    with open(f'{folder}/claimed', 'w') as file:
        file.write(text)
    out = subprocess.run([f'{build}/src/cli/soter', 'inspect',
                          f'{folder}/claimed', '--json'], check=True,
                         stdout=subprocess.PIPE).stdout
    return json.loads(out)['cpu_id']


def trail():
    status, answer = tam.verb('audit', 'check')
    row('the audit trail is whole', differs(status, 0),
        differs(answer.get('ok'), True))
    entries = tam.verb('audit', 'list')[1].get('entries', [])
    kinds = {e['what'] for e in entries}
    row('every change stands in it', differs(
        {'tam.init', 'tenant.add', 'roots.intake', 'device.status',
         'tenant.suspend', 'tenant.remove', 'model.put'} <= kinds, True))
    row('and no secret', differs(
        any(secret in json.dumps(e) for e in entries), False))


def logs():
    said = '\n'.join(tam.said())
    row('logs: no token, no secret, no signature, no key',
        differs([name for name, text in (
            ('token', token), ('secret', secret), ('signature', ask[1]),
            ('key', ask[0][60:120])) if text in said], []))
    row('logs: each refusal with its reason', differs(
        [w for w in ('"reason":"signature"', '"reason":"attk_revoked"',
                     '"reason":"class_differs"', '"reason":"secret_wrong"',
                     '"reason":"rate_limited"') if w not in said], []))
    metrics = tam.admin('/metrics').body.decode()
    row('metrics count them', differs(
        [m for m in ('soter_tam_answers_total{api="verify_ask",'
                     'result="verified"}',
                     'soter_tam_answers_total{api="verify_ask",'
                     'result="unknown_device"} 1') if m not in metrics], []))
    row('healthy and ready', differs(
        (tam.admin('/healthz').status, tam.admin('/readyz').status,
         tam.admin('/readyz', 'intake').status), (200, 200, 200)))


# ---------------------------------------------------------------------------

def place(stack):
    """Where the store will be: None leaves it to soter-tamd."""
    if backend == 'embedded':
        return None
    server = stack.enter_context(pg.Server())
    where = server.database('tam')
    subprocess.run([f'{build}/src/cli/soter', 'tam', 'init', '--store', where],
                   check=True, stdout=subprocess.DEVNULL)
    return where


build, backend = sys.argv[1], sys.argv[2]
if backend == 'postgresql' and not pg.is_there():
    print('1..0 # SKIP PostgreSQL is not installed')
    sys.exit(0)
folder = tempfile.mkdtemp(prefix='soter-tam-')
os.chmod(folder, 0o755)
try:
    with contextlib.ExitStack() as stack:
        device = stack.enter_context(Device(build, f'{folder}/device'))
        stranger = stack.enter_context(Device(build, f'{folder}/stranger'))
        tam = stack.enter_context(Tam(build, f'{folder}/tam', place(stack)))
        device_id, _ = device.provision()
        stranger_id, _ = stranger.provision()
        secret = tam.tenant('shop')
        token = tam.token('shop', secret)
        factory = tam.token('line', tam.tenant('line', 'test', '--right',
                                               'intake'))
        ask = make_ask(device)
        tokens()
        gate()
        intake()
        verdicts()
        operator()
        models()
        chains()
        trail()
        logs()
        row('told to stop, it ends well', differs(tam.stop(), 0))
finally:
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
