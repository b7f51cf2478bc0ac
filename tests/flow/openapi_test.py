#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""openapi_test.py BUILD -- docs/openapi/tam.json says what soter-tamd does.

Goal: every end point is asked well and badly, and what it answers is what the
document says, with no field more or less; every end point and every errcode of
the sources stands in the document, and the other way round.  Then the document
is changed, one name or number at a time, and each change must be noticed: so
everything that it says was seen.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, 'tests')
import pg  # noqa: E402
from openapi import Document  # noqa: E402
from tamrig import INTAKE, IS_SUPPORT, TOKEN, VERIFY_ASK, Answer, Tam  # noqa: E402

LISTENERS = 'public', 'intake', 'admin'
rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults[:10]:
        print('# ' + str(fault)[:800].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def differs(got, want):
    return None if got == want else f'{got!r}, not {want!r}'


# ---- the document and the sources -----------------------------------------

def source(path):
    with open(path) as file:
        return file.read()


def table(path, name, pattern):
    """The rows of a C table."""
    text = re.search(rf'{name}\[\] = \{{\n(.*?)\n\}};', source(path), re.S)
    return re.findall(pattern, text.group(1))


def end_points():
    """(listener, method, path) of the sources."""
    names = {name: value for path in ('src/wire/platform.h',
                                      'src/wire/rootline.h')
             for name, value in re.findall(
                 r'#define (SOTER_\w+)\s+"(/\S*)"', source(path))}
    for listener, path in ('public', 'src/tam/public.c'), \
            ('intake', 'src/tam/intakeapp.c'):
        for name, method in table(path, 'rows', r'\{ (\w+), NET_(\w+),'):
            yield listener, method.lower(), names[name]
    for path in table('src/net/admin.c', 'paths', r'\{ "([^"]+)",'):
        yield 'admin', 'get', path


def error_list():
    """(errcode, errmsg) of wire/platform.h."""
    return {(int(number), text) for number, text in re.findall(
        r'X\(\w+, (-?\d+), "([^"]*)"\)', source('src/wire/platform.h'))}


def refusal_words():
    """Whatever may stand behind "error"."""
    words = {word for _, word in re.findall(
        r'X\(NET_NO_\w+, (\d+), "(\w+)"\)', source('src/net/refusal.h'))}
    for path in 'src/tam/public.c', 'src/tam/intakeapp.c', 'src/tam/desk.c', \
            'src/net/admin.c':
        words.update(re.findall(r'net_answer_error\(\w+(?:\[i\])?, \d+, "(\w+)"',
                                source(path)))
    # The two that take_items() can say.
    return words | {'short', 'limit'}


def error_shapes():
    """The object schemas that have an errcode."""
    return [node for node in objects if 'errcode' in node['properties']]


def error_pairs(node):
    return list(zip(*(node['properties'][name]['enum']
                      for name in ('errcode', 'errmsg'))))


def static_rows():
    row('every end point of the sources is in the document, and no other',
        differs(sorted(end_points()),
                sorted((tag, method, path)
                       for path, method, operation in doc.operations()
                       for tag in operation['tags'])))
    said = {pair for node in error_shapes() for pair in error_pairs(node)}
    row('every errcode of wire/platform.h, with its errmsg, and no other',
        differs(said, error_list()))
    row('the list of all errcodes', differs(
        sorted(doc.root['components']['schemas']['Errcode']['enum']),
        sorted({number for number, _ in error_list()})))
    row('errcode and errmsg stand in the same order', *[
        f'{node["properties"]["errcode"]["enum"]}' for node in error_shapes()
        if len(node['properties']['errcode']['enum']) !=
        len(node['properties']['errmsg']['enum'])])
    row('every word of the HTTP layer, and no other', differs(
        sorted(doc.root['components']['schemas']['Refusal']['properties']
               ['error']['enum']), sorted(refusal_words())))
    ids = [operation['operationId'] for _, _, operation in doc.operations()]
    row('each operation has a name of its own',
        differs(sorted(set(ids)), sorted(ids)))
    row('what has a fixed shape is closed', *[
        node for node in objects if node.get('additionalProperties') is not
        False])


# ---- asking ----------------------------------------------------------------

# (response of the document, status, headers, body) of all that was answered.
seen = []


def expected(listener, method, path, status):
    """The response that the document promises."""
    item = doc.root['paths'].get(path.split('?')[0], {})
    operation = item.get(method.lower())
    if operation is not None and listener in operation['tags']:
        responses = operation['responses']
        return responses.get(str(status), responses['default'])
    other = item.get('x-other-methods', {}).get(listener)
    return other or doc.root['x-other-paths']


def hold(listener, method, path, answer):
    """Hold an answer against the document."""
    response = expected(listener, method, path, answer.status)
    known = (response, answer.status, answer.headers, answer.body)
    seen.append(known)
    return doc.answer_faults(*known)


def told(answer):
    """The number or the word that says it best."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return None
    return body.get('errcode', body.get('error'))


def ask(what, listener, method, path, want, body=None, headers=(), on=None):
    """A row: status, and errcode or word, and the document."""
    where = on or tam
    if listener == 'admin':
        answer = where.ask(method, path, body, role=admin_role(where),
                           headers=headers)
    else:
        answer = where.ask(method, path, body, role=listener, headers=headers)
    got = (answer.status, told(answer))
    row(f'{listener}: {method} {path.split("?")[0]}: {what}: {want[1]}'
        if want[1] is not None else
        f'{listener}: {method} {path.split("?")[0]}: {what}',
        differs(got, want), *hold(listener, method, path, answer))
    return answer


def admin_role(where):
    where.ports['admin'] = where.ports['public.admin']
    return 'admin'


def raw(listener, text):
    """What comes back for bytes that http.client would not send."""
    admin_role(tam)
    with socket.create_connection(('127.0.0.1', tam.ports[listener])) as s:
        s.settimeout(60)
        s.sendall(text.encode())
        got = b''
        while chunk := s.recv(65536):
            got += chunk
    head, _, body = got.partition(b'\r\n\r\n')
    lines = head.decode().split('\r\n')
    headers = dict(line.split(': ', 1) for line in lines[1:])
    return Answer(int(lines[0].split()[1]), headers, body)


def everywhere():
    """What is the same for all end points."""
    for path, method, operation in doc.operations():
        for listener in operation['tags']:
            answer = raw(listener, f'{method.upper()} {path} HTTP/2.0\r\n'
                         'Host: x\r\n\r\n')
            row(f'{listener}: {path}: another HTTP: 505',
                differs((answer.status, told(answer)), (505, 'http_version')),
                *hold(listener, method, path, answer))
            wrong = 'POST' if method == 'get' else 'GET'
            status = {'public': 200}.get(listener, 405)
            number = None if status == 405 else \
                {'POST': 43001, 'GET': 43002}[wrong]
            ask('the other method', listener, wrong, path, (status, number))
    for listener in LISTENERS:
        ask('no such path', listener, 'GET', '/cgi-bin', (404, 'not_found'))
        if listener != 'public':
            ask('of another listener', listener, 'POST', VERIFY_ASK,
                (404, 'not_found'), 'x')


def token_query(**change):
    query = dict(grant_type='client_credential', appid='shop', secret=secret)
    query.update(change)
    return f'{TOKEN}?' + urllib.parse.urlencode(
        {k: v for k, v in query.items() if v is not None})


def tokens(listener):
    def get(what, want, **change):
        ask(what, listener, 'GET', token_query(**change), (200, want))

    get('good', None)
    for name, number in ('grant_type', 40002), ('appid', 41002), \
            ('secret', 41004):
        get(f'no {name}', number, **{name: None})
        get(f'an empty {name}', number, **{name: ''})
    get('another grant_type', 40002, grant_type='password')
    get('another appid', 40013, appid='nobody')
    get('another secret', 40125, secret='0' * 32)
    get('a suspended tenant', 48001, appid='gone', secret=secrets['gone'])
    ask('an escape that is none', listener, 'GET', f'{TOKEN}?appid=%zz',
        (200, 47001))
    until_limited('token', listener, 'GET', lambda: token_query(
        appid='slow', secret=secrets['slow']), (200, 45011))


def until_limited(what, listener, method, path, want, body=None, headers=()):
    """Ask again and again; at one a second the second one is too much."""
    for _ in range(200):
        answer = tam.ask(method, path(), body, role=listener, headers=headers)
        faults = hold(listener, method, path(), answer)
        if faults or (answer.status, told(answer)) == want:
            break
    row(f'{listener}: {what}: too fast: {want[1]}',
        differs((answer.status, told(answer)), want), *faults)


def forge(appid, ends_s):
    """An access token, with the key out of the store."""
    with sqlite3.connect(f'{tam.where}/store.sqlite') as db:
        keys, = db.execute("SELECT value FROM soter_meta WHERE key ="
                           " CAST('keys' AS BLOB)").fetchone()
        tenant, = db.execute('SELECT value FROM soter_tenants WHERE key ='
                             ' CAST(? AS BLOB)', (appid,)).fetchone()
    head = b'\1' + keys[2:6] + ends_s.to_bytes(8, 'little') + tenant[4:8] + \
        appid.encode()
    return (head + hmac.new(keys[6:38], head, hashlib.sha256).digest()).hex()


def gate(path, body):
    """The gateway's errors, the same for both end points."""
    def post(what, query, want, body=body, headers=()):
        ask(what, 'public', 'POST', path + query, (200, want), body, headers)

    post('no token', '', 41001)
    post('an empty token', '?access_token=', 41001)
    post('a token that is none', '?access_token=00', 40001)
    post('a header that is none', '', 40001, headers={'Authorization': 'x'})
    post('an escape that is none', '?access_token=%zz', 47001)
    post('an expired token', '?access_token=' + forge('shop', 1), 42001)
    post('a factory', f'?access_token={factory}', 48001)
    post('no body', f'?access_token={token}', 44002, '')
    post('no JSON', f'?access_token={token}', 47001, 'ask_json=x')
    until_limited('too fast', 'public', 'POST',
                  lambda: f'{path}?access_token={slow}', (200, 45011), body)
    ask('a body that is too long', 'public', 'POST',
        f'{path}?access_token={token}', (413, 'body_long'), 'x' * 20000)


def full(schema, body):
    """A body that uses all that the document has."""
    schema = doc.resolve(doc.root['components']['schemas'][schema])
    row('the request is as the document says', *doc.faults(schema, body))
    row('and there is nothing else to say',
        differs(sorted(body), sorted(schema['properties'])))
    return body


def is_support():
    def post(what, want, body, headers=()):
        return ask(what, 'public', 'POST', f'{IS_SUPPORT}?access_token={token}',
                   (200, want), body, headers).json()

    good = {'model_key': xml('ACME', 'Y'), 'sdk_version': 2, 'explain': True}
    gate(IS_SUPPORT, good)
    reason = {'word': 'ok', 'number': 0, 'link': 'none'}
    row('public: is_support: every member has its effect', differs(
        post('good', None, full('IsSupport', good)),
        {'is_support': True, 'support_type': 3, 'reason': reason}))
    row('public: is_support: without them', differs(
        post('good, before SDK 2.0', None, {'model_key': xml('ACME', 'Y')}),
        {'is_support': True}))
    row('public: is_support: the profile of a rule', differs(
        post('with a profile', None, {'model_key': xml('ACME', 'G'),
                                      'explain': True}),
        {'is_support': True, 'reason': dict(reason, profile='huawei')}))
    for model, kind in ('F', 1), ('G', 2), ('X', 0):
        row(f'public: is_support: support_type {kind}', differs(
            post('good', None, {'model_key': xml('ACME', model),
                                'sdk_version': 2}).get('support_type'), kind))
    post('no XML', 90001, {'model_key': '<'})
    post('no model_key', 90001, {'sdk_version': 2})
    post('an unknown node', 90002,
         {'model_key': '<deviceinfo><BRAND name="x"></BRAND></deviceinfo>'})
    post('"2.0"', 47001, dict(good, sdk_version='2.0'))
    post('explain that is no bool', 47001, dict(good, explain=1))
    post('an unknown member passes', None, dict(good, brand='x'))
    ask('a token in the header', 'public', 'POST', IS_SUPPORT, (200, None),
        good, {'Authorization': f'Bearer {token}'})


def xml(maker, model):
    return (f'<deviceinfo><MANUFACTURER name="{maker}"><MODEL name="{model}">'
            '</MODEL></MANUFACTURER></deviceinfo>')


def verify_ask():
    def post(what, want, **change):
        body = {k: v for k, v in dict(good, **change).items()
                if v is not None}
        return ask(what, 'public', 'POST', f'{VERIFY_ASK}?access_token={token}',
                   (200, want), body).json()

    text, signature = vector('ask-10115.json'), vector('ask-10115.b64')
    good = {'ask_json': text, 'ask_json_signature': signature,
            'explain': True}
    gate(VERIFY_ASK, good)
    full('VerifyAsk', good)
    reason = {'word': 'ok', 'number': 0, 'link': 'ask'}
    row('public: verify_ask: with the reason', differs(
        post('good', None),
        {'is_verified': True, 'attk_version': 1, 'reason': reason}))
    row('public: verify_ask: without', differs(
        post('good', None, explain=None),
        {'is_verified': True, 'attk_version': 1}))
    other = vector('ask-10116.b64')
    post('another signature', None, ask_json_signature=other)
    post('another signature, bare', None, ask_json_signature=other,
         explain=None)
    for explain in None, True:
        post('no ask_json', 90001, ask_json=None, explain=explain)
        post('no signature', 90002, ask_json_signature=None, explain=explain)
        post('bad format', 90003, ask_json=text[:-1], explain=explain)
        post('no device id', 90004, explain=explain,
             ask_json=text.replace('cpu_id', 'cpu_ie'))
        post('an unknown device', 90005, explain=explain, ask_json=text.replace(
            device_id, '0' * 32))
    post('an unknown member passes', None, openid='x')
    post('a text that is none', 47001, ask_json=1)
    ask('a token in the header', 'public', 'POST', VERIFY_ASK, (200, None),
        good, {'Authorization': f'Bearer {token}'})


def intake():
    def post(what, want, body, bearer=None, query=''):
        headers = {} if bearer is None else \
            {'Authorization': f'Bearer {bearer}'}
        return ask(what, 'intake', 'POST', INTAKE + query, want, body, headers)

    line = root_line()
    body = json.dumps(line) + '\n'
    schema = doc.root['components']['schemas']['Root']
    row('intake: the request is as the document says',
        *doc.faults(schema, line))
    modulus = dict(line, attk_n=modulus_of(line['attk_pub_pem']))
    row('intake: and there is nothing else to say',
        differs(sorted(modulus), sorted(schema['properties'])),
        *doc.faults(schema, modulus))
    del modulus['attk_pub_pem']
    answer = post('good', (200, None), body + json.dumps(modulus) + '\n' +
                  '{}\n' + json.dumps(dict(line, device_id='x')), factory)
    row('intake: same as PEM and as modulus, no id, shared', differs(
        [(a['result'], a.get('reason')) for a in answer.lines()],
        [('same', None), ('same', None), ('refused', 'field_missing'),
         ('refused', 'attk_shared')]))
    answer = post('a new one', (200, None), json.dumps(root_line('b')),
                  factory)
    row('intake: it is stored',
        differs([a['result'] for a in answer.lines()], ['ok']))
    post('a token in the query', (200, None), body,
         query=f'?access_token={factory}')
    post('no token', (401, 41001), body)
    post('a token that is none', (401, 40001), body, 'x')
    post('an expired token', (401, 42001), body, forge('line', 1))
    post('an escape that is none', (401, 47001), body,
         query='?access_token=%zz')
    post('an app', (403, 48001), body, token)
    post('nothing', (400, 'short'), '\n', factory)
    post('too many lines', (413, 'limit'), 'x\n' * 129, factory)
    post('a body that is too long', (413, 'body_long'), 'x' * 300000, factory)
    until_limited('roots', 'intake', 'POST', lambda: INTAKE, (429, 45011),
                  '\n', {'Authorization': f'Bearer {slow_line}'})


def admin():
    for path in '/healthz', '/readyz', '/metrics':
        ask('good', 'admin', 'GET', path, (200, None))


def unavailable():
    """The database is gone: what a client hears, until it is back."""
    with pg.Server() as server:
        gone = Tam(build, f'{folder}/pg', server.database('tam'), plain=True)
        assert gone.verb('init')[0] == 0
        with gone:
            token = gone.token('shop', gone.tenant('shop'))
            factory = gone.token('line', gone.tenant(
                'line', 'test', '--right', 'intake'), 'intake')
            server.stop()
            body = {'ask_json': vector('ask-10115.json'),
                    'ask_json_signature': vector('ask-10115.b64')}
            ask('no database', 'public', 'POST',
                f'{VERIFY_ASK}?access_token={token}', (503, -1), body, on=gone)
            ask('no database', 'intake', 'POST', INTAKE, (503, -1),
                json.dumps(root_line()), {'Authorization': f'Bearer {factory}'},
                on=gone)
            until_unready(gone)


def until_unready(gone):
    """It looks twice a second."""
    for _ in range(500):
        answer = gone.admin('/readyz')
        faults = hold('admin', 'GET', '/readyz', answer)
        if faults or answer.status == 503:
            break
        time.sleep(0.02)
    row('admin: GET /readyz: no database: 503', differs(answer.status, 503),
        *faults)


def skip(what, why):
    global rows
    rows += 1
    print(f'ok {rows} - {what} # SKIP {why}')


# ---- everything that the document says was seen ---------------------------

def reachable(node, found):
    """The object schemas below a node of the document, in its order."""
    if isinstance(node, list):
        for inner in node:
            reachable(inner, found)
    elif isinstance(node, dict):
        node = doc.resolve(node)
        if node.get('type') == 'object':
            if any(node is other for other in found):
                return
            found.append(node)
        for inner in node.values():
            reachable(inner, found)


def answer_objects():
    found = []
    for item in doc.root['paths'].values():
        for method, operation in item.items():
            reachable(operation if method.startswith('x-')
                      else operation['responses'], found)
    reachable(doc.root['x-other-paths'], found)
    return found


def is_noticed():
    """Does one of the answers not fit any more?"""
    return any(doc.answer_faults(*known) for known in seen)


def renamed(node, name):
    """Is it noticed if a field has another name?"""
    kept = node['properties'], node['required']
    node['properties'] = {k + '_' * (k == name): v for k, v in kept[0].items()}
    node['required'] = [k + '_' * (k == name) for k in kept[1]]
    noticed = is_noticed()
    node['properties'], node['required'] = kept
    return noticed


def left_out(values, value):
    """Is it noticed if an enum has a value less?"""
    at = values.index(value)
    del values[at]
    noticed = is_noticed()
    values.insert(at, value)
    return noticed


# What no test can bring about: an engine that fails; nor every word of the
# HTTP layer, which tests/unit/net_conn_test.c provokes.
UNSEEN = -1, 'system error'


def mutations():
    row('the document fits all that was answered', is_noticed())
    for node in objects:
        row('a renamed field is noticed: ' + ' '.join(node['properties']), *[
            name for name in node['properties'] if not renamed(node, name)])
    for node in objects:
        for name, schema in node['properties'].items():
            schema = doc.resolve(schema)
            if 'enum' not in schema or name == 'error':
                continue
            lone = len(schema['enum']) == 1
            row(f'each value of {name} was seen: {schema["enum"][:3]}', *[
                value for value in list(schema['enum'])
                if (lone or value not in UNSEEN) and
                not left_out(schema['enum'], value)])
    promised = {id(response): (path, status)
                for path, method, operation in doc.operations()
                for status, response in operation['responses'].items()}
    got = {id(known[0]) for known in seen}
    row('every status of every end point was seen', *[
        where for key, where in promised.items() if key not in got])


def reasons():
    """Word and number belong together, as `soter errors` says."""
    run = subprocess.run([f'{build}/src/cli/soter', 'errors', '--json'],
                         check=True, stdout=subprocess.PIPE)
    words = {x['word']: x['number'] for x in json.loads(run.stdout)}
    found = re.findall(rb'"reason":\{"word":"(\w+)","number":(\d+)',
                       b''.join(known[3] for known in seen))
    row('each reason has its number', *[
        word for word, number in found
        if words.get(word.decode()) != int(number)],
        None if len(set(found)) >= 5 else set(found))


# ---------------------------------------------------------------------------

def vector(name):
    return source(f'tests/vectors/classic-salt20/{name}').rstrip('\n')


def root_line(which='a'):
    return {'device_id': device_id if which == 'a' else '1' * 32,
            'attk_pub_pem': source(f'tests/vectors/keys/attk-{which}.pem'),
            'batch': 'b', 'station': 's'}


def modulus_of(pem):
    """SubjectPublicKeyInfo of RSA-2048: the modulus stands before 02 03 01 00 01."""
    der = base64.b64decode(''.join(pem.split('\n')[1:-2]))
    return base64.b64encode(der[-261:-5]).decode()


def set_up():
    """Tenants, rules, a root; the gates of `tam` know them."""
    for appid, cls, *more in (('shop', 'test'), ('gone', 'test'),
                              ('slow', 'test', '--rate', '1'),
                              ('line', 'test', '--right', 'intake'),
                              ('slowline', 'test', '--right', 'intake',
                               '--rate', '1')):
        secrets[appid] = tam.tenant(appid, cls, *more)
    rules = [dict(id='all', maker='ACME', verdict='allow', support_type=3),
             dict(id='f', maker='ACME', model='F', verdict='allow',
                  support_type=1),
             dict(id='g', maker='ACME', model='G', verdict='allow',
                  support_type=2, profile='huawei'),
             dict(id='x', maker='ACME', model='X', verdict='deny')]
    with open(f'{folder}/rules', 'w') as file:
        file.writelines(json.dumps(dict(rule, date='2026-11-26')) + '\n'
                        for rule in rules)
    with open(f'{folder}/roots', 'w') as file:
        file.write(json.dumps(root_line()) + '\n')
    for words in ('tenant', 'suspend', 'gone'), \
            ('model', 'import', f'{folder}/rules'), \
            ('device', 'import', f'{folder}/roots', '--class', 'test'):
        status, answer = tam.verb(*words)
        assert status == 0, answer
    # The rules are the last that anybody is told of.
    wait_for(lambda: tam.ask('POST', f'{IS_SUPPORT}?access_token=' + tam.token(
        'shop', secrets['shop']), {'model_key': xml('ACME', 'Y')}).json(),
        {'is_support': True})
    wait_for(lambda: tam.ask('POST', f'{IS_SUPPORT}?access_token=' + tam.token(
        'shop', secrets['shop']), {'model_key': xml('ACME', 'X')}).json(),
        {'is_support': False})
    wait_for(lambda: tam.ask('GET', token_query(
        appid='gone', secret=secrets['gone']), role='intake').json().get(
            'errcode'), 48001)


def wait_for(what, want):
    for _ in range(500):
        got = what()
        if got == want:
            return
        time.sleep(0.02)
    raise SystemExit(f'{got!r}, not {want!r}')


build = sys.argv[1]
folder = tempfile.mkdtemp(prefix='soter.')
secrets = {}
secret = None
doc = Document.read('docs/openapi/tam.json')
objects = answer_objects()
device_id = json.loads(vector('ask-10115.json'))['cpu_id']
try:
    with Tam(build, f'{folder}/tam', plain=True) as tam:
        static_rows()
        set_up()
        secret = secrets['shop']
        token, slow = (tam.token(x, secrets[x]) for x in ('shop', 'slow'))
        factory, slow_line = (tam.token(x, secrets[x], 'intake')
                              for x in ('line', 'slowline'))
        everywhere()
        tokens('public')
        tokens('intake')
        is_support()
        verify_ask()
        intake()
        admin()
        if pg.is_there():
            unavailable()
            mutations()
        else:
            skip('503, and that everything was seen',
                 'PostgreSQL is not installed')
        reasons()
finally:
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
