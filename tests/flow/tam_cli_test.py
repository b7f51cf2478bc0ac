#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tam_cli_test.py SOTER -- the verb `soter tam`.

Goal: each action does what the manual says, in words and as JSON, with the
members that scripts rely on; a refusal is exit status 1 with its reason, a
wrong command line, a file that cannot be used or no store is 2 with one line of
error; a file with a mistake changes nothing; no record is lost on the way from
one kind of store to the other; a store that was tampered with is found out.
"""
import base64
import hashlib
import json
import math
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, 'tests')
import pg  # noqa: E402

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


def lacks(text, want):
    return None if want in text else f'{text!r} lacks {want!r}'


# ---- running it -----------------------------------------------------------

def run(*words, stdin=None, store=None):
    place = dict(os.environ, SOTER_TAM_STORE=store or where)
    return subprocess.run([soter, 'tam', *words], env=place, text=True,
                          input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def ask(*words, stdin=None, store=None):
    """Exit status, and the JSON answer ({} if there is none)."""
    done = run(*words, '--json', stdin=stdin, store=store)
    try:
        answer = json.loads(done.stdout) if done.stdout else {}
    except ValueError:
        answer = {'no JSON': done.stdout}
    return done.returncode, answer, done.stderr


HEAD = ['ok', 'word', 'number']


def good(what, members, *words, **how):
    """Done, with these members and no others."""
    status, answer, err = ask(*words, **how)
    row(f'{what}: 0, and what it says', differs(status, 0), differs(err, ''),
        differs(list(answer), HEAD + members),
        differs([answer.get(x) for x in HEAD], [True, 'ok', 0]))
    return answer


def refused(what, word, *words, members=(), said='', **how):
    """No, with the reason."""
    status, answer, err = ask(*words, **how)
    row(f'{what}: 1, {word}', differs(status, 1),
        differs(list(answer), HEAD + ['text', 'next', *members]),
        differs((answer.get('ok'), answer.get('word')), (False, word)),
        lacks(err, said) if said else differs(err, ''))
    done = run(*words, **how)
    row(f'{what}: the same in words', differs(done.returncode, 1),
        lacks(done.stdout, f'refused: {word} (0x'))
    return answer


def wrong(what, text, *words, **how):
    """One line of error that says what to do, and nothing else."""
    done = run(*words, **how)
    lines = done.stderr.splitlines()
    row(f'{what}: 2', differs(done.returncode, 2), differs(done.stdout, ''),
        differs(len(lines), 1), lacks(done.stderr, text),
        None if done.stderr.startswith('soter: ') else done.stderr)


def entries():
    """Of the audit trail."""
    return ask('audit', 'list')[1].get('entries', [])


# ---- command lines --------------------------------------------------------

def usage():
    for words, text in (
            ('', 'an action is missing; see `soter tam --help`'),
            ('tenant', 'see `soter tam tenant --help`'),
            ('tenat add', 'did you mean tenant add?'),
            ('tenant ad x', 'did you mean tenant add?'),
            ('stats x', 'takes no word'),
            ('tenant add', '--class CLASS is missing'),
            ('tenant add --class test', 'APPID is missing'),
            ('tenant add a b --class test', 'one word too many'),
            ('tenant add a --class live', 'test or production'),
            ('tenant add a --class test --class test', 'given twice'),
            ('tenant add a --class test --right all', 'ask or intake'),
            ('tenant add a --class test --rate 0', '1 or more'),
            ('tenant add a --class test --rate 1000001', 'number'),
            ('tenant add a --class test --rate x', 'number'),
            ('tenant show', 'APPID is missing'),
            ('tenant show a --class test', 'is not for'),
            ('model import', 'FILE is missing'),
            ('model export --out - --json', 'both are standard output'),
            ('model export', 'both are standard output'),
            ('device import x', '--class CLASS is missing'),
            ('device import x --class test --rate 1', 'is not for'),
            ('device revoke', 'CPU_ID is missing'),
            ('device revoke a --attk-version -1', 'number'),
            ('device show a --attk-version 1', 'is not for'),
            ('audit check --who me', 'is not for'),
            ('audit list --head 1:' + '0' * 64, 'is not for'),
            ('audit check --head 1', 'a number, a colon, a hash'),
            ('audit check --head 0:' + '0' * 64, 'a number, a colon, a hash'),
            ('audit check --head 1:' + '0' * 63, 'a number, a colon, a hash'),
            ('audit check --head 1:' + '0' * 63 + 'g', '64 hex digits'),
            ('audit check --head 9' + '9' * 30 + ':' + '0' * 64,
             'a number, a colon, a hash'),
            ('stats --note x', 'is not for'),
            ('stats --nope', 'no such option'),
            ('stats --store', 'needs an argument'),
            ('backup', 'TO is missing'),
            ('restore', 'FROM is missing'),
            ('export', 'FILE is missing'),
            ('import', 'FILE is missing')):
        done = words.split(' ') if words else []
        if words == 'model export':
            done.append('--json')
        wrong(f'soter tam {words}', text, *done)
    wrong('a note that is too long', 'note', 'tenant', 'add', 'a', '--class',
          'test', '--note', 'n' * 257)
    wrong('a name that is too long', 'who', 'keys', 'rotate', '--who',
          'w' * 65)
    done = run('--help')
    row('--help', differs(done.returncode, 0), differs(done.stderr, ''),
        lacks(done.stdout, 'usage: soter tam ACTION'))
    done = run('tenant', 'add', '--help')
    row('--help of one', differs(done.returncode, 0),
        lacks(done.stdout, '--class'),
        None if '--add-version' not in done.stdout else done.stdout)


def no_store():
    nothing = f'{folder}/nothing'
    for words in 'stats', 'tenant list', 'audit check', 'keys rotate', \
            'migrate', f'backup {folder}/b', f'export {folder}/e':
        wrong(f'no store: {words}', 'there is no store', *words.split(' '),
              store=nothing)
    row('nothing was made', differs(os.path.exists(nothing), False))
    for place in 'http://example.org/x', 'mysql://x':
        wrong(f'{place} is no place', 'give a directory', 'stats', store=place)
        wrong(f'... to make one', 'give a directory', 'init', store=place)
    wrong('a database that is not there', 'cannot be reached', 'stats',
          store='postgresql://nobody@127.0.0.1:1/x')
    os.mkdir(f'{folder}/full')
    with open(f'{folder}/full/file', 'w') as file:
        file.write('x')
    refused('a folder with something else in it', 'exists', 'init',
            store=f'{folder}/full')
    row('it is as it was',
        differs(os.listdir(f'{folder}/full'), ['file']))


# ---- a store --------------------------------------------------------------

def sql(text, *values):
    """Somebody who has the file in his hands."""
    with sqlite3.connect(f'{where}/store.sqlite') as db:
        return db.execute(text, values).fetchall()


STATS = ['store', 'tenants', 'models', 'audit_entries', 'devices', 'roots',
         'chains']


def first_start():
    good('init', [], 'init')
    row('the store is of its owner alone',
        differs(os.stat(where).st_mode & 0o777, 0o700))
    refused('init again', 'exists', 'init')
    good('migrate: nothing to do', ['from', 'to'], 'migrate')
    answer = good('stats', STATS, 'stats')
    row('stats: the trail has begun', differs(
        [answer.get(x) for x in ('store', 'tenants', 'audit_entries')],
        ['embedded', 0, 1]))
    # Cut off between making the store and making it ready.
    for table in 'meta', 'audit':
        sql(f'DELETE FROM soter_{table}')
    good('init goes on where it was cut off', [], 'init')
    row('and the trail begins', differs(
        [(e['number'], e['what']) for e in entries()], [(1, 'tam.init')]))


# ---- tenants --------------------------------------------------------------

TENANT = ['appid', 'class', 'rights', 'status', 'rate', 'since', 'note']


def tenants():
    answer = good('tenant add', TENANT + ['secret'], 'tenant', 'add', 'shop',
                  '--class', 'test', '--note', 'the "shop"')
    secrets = [answer.get('secret', '')]
    row('its secret: 32 hex digits', differs(
        len(secrets[0]) == 32 and set(secrets[0]) <= set('0123456789abcdef'),
        True))
    row('what was not said', differs(
        [answer.get(x) for x in ('class', 'rights', 'status', 'rate', 'note')],
        ['test', ['ask'], 'active', 1000, 'the "shop"']))
    refused('the same again', 'exists', 'tenant', 'add', 'shop', '--class',
            'production')
    wrong('an appid that can be none', 'an appid has up to', 'tenant', 'add',
          'a/b', '--class', 'test')
    answer = good('both rights, another rate', TENANT + ['secret'], 'tenant',
                  'add', 'both', '--class', 'production', '--right', 'ask',
                  '--right', 'intake', '--rate', '7', '--who', 'alice')
    row('they are there', differs(
        [answer.get(x) for x in ('class', 'rights', 'rate')],
        ['production', ['ask', 'intake'], 7]))
    answer = good('tenant show', TENANT, 'tenant', 'show', 'shop')
    row('no secret in it', differs(secrets[0] in json.dumps(answer), False))
    answer = good('tenant list', ['tenants'], 'tenant', 'list')
    row('all of them, by name', differs(
        [list(t) for t in answer.get('tenants', [])], [TENANT, TENANT]),
        differs([t['appid'] for t in answer.get('tenants', [])],
                ['both', 'shop']))
    answer = good('tenant secret', ['secret'], 'tenant', 'secret', 'shop')
    secrets.append(answer.get('secret', ''))
    row('another one', differs(len(set(secrets)), 2))
    for verb, status in ('suspend', 'suspended'), ('resume', 'active'), \
            ('revoke', 'active'):
        good(f'tenant {verb}', [], 'tenant', verb, 'shop')
        row(f'status: {status}', differs(
            ask('tenant', 'show', 'shop')[1].get('status'), status))
    good('tenant remove', [], 'tenant', 'remove', 'both')
    for verb in 'show', 'secret', 'revoke', 'suspend', 'resume', 'remove':
        refused(f'tenant {verb} of one that is not there', 'not_found',
                'tenant', verb, 'both')
    refused('a name that can be none\'s', 'not_found', 'tenant', 'show', '../x')
    trail = json.dumps(entries())
    row('no secret in the trail', differs(
        [s for s in secrets if s in trail], []))
    row('nor in the store', differs(
        [s for s in secrets for name in os.listdir(where)
         if s.encode() in open(f'{where}/{name}', 'rb').read()], []))


# ---- models ---------------------------------------------------------------

RULE = {'id': 'acme', 'maker': 'ACME', 'model': 'X*', 'release': '',
        'incremental': '', 'display': '', 'verdict': 'allow',
        'support_type': 3, 'profile': '', 'date': '2026-11-26',
        'note': 'passed'}


def lines(*objects):
    return ''.join((x if isinstance(x, str) else json.dumps(x)) + '\n'
                   for x in objects)


IMPORTED = ['rules', 'changed']


def without(rule, name):
    return {k: v for k, v in rule.items() if k != name}


def file_of(text, name='file'):
    with open(f'{folder}/{name}', 'w') as file:
        file.write(text)
    return f'{folder}/{name}'


def models():
    deny = dict(RULE, id='acme-x9', model='X9', verdict='deny',
                support_type=0)
    answer = good('model import', IMPORTED, 'model', 'import',
                  file_of(lines(RULE, deny)))
    row('both are new', differs([answer.get(x) for x in IMPORTED], [2, 2]))
    number = len(entries())
    answer = good('model import: the same again', IMPORTED, 'model', 'import',
                  file_of(lines(RULE, deny)))
    row('nothing changed, and the trail says nothing', differs(
        [answer.get(x) for x in IMPORTED], [2, 0]),
        differs(len(entries()), number))
    answer = good('model list', ['rules'], 'model', 'list')
    row('as they were given', differs(answer.get('rules'), [
        {k: None if v == '' else v for k, v in rule.items()}
        for rule in (RULE, deny)]))
    before, trail = answer, entries()
    for what, line, text in (
            ('a name that is none', dict(RULE, id='b', modell='x'), 'modell'),
            ('no id', without(RULE, 'id'), 'id'),
            ('an id that can be none', dict(RULE, id='a/b'), 'id'),
            ('a star in the middle', dict(RULE, model='X*Y'), 'model'),
            ('a pattern that is a number', dict(RULE, model=1), 'model'),
            ('no verdict', without(RULE, 'verdict'), 'verdict'),
            ('another verdict', dict(RULE, verdict='maybe'), 'verdict'),
            ('no type', without(RULE, 'support_type'), 'support_type'),
            ('type 0 that is allowed', dict(RULE, support_type=0),
             'support_type'),
            ('type 4', dict(RULE, support_type=4), 'support_type'),
            ('another profile', dict(RULE, profile='x'), 'profile'),
            ('no date', without(RULE, 'date'), 'date'),
            ('a date of another form', dict(RULE, date='26.11.2026'), 'date'),
            ('a note that is too long', dict(RULE, note='n' * 257), 'note'),
            ('a name twice', '{"id":"a","id":"b"}', ''),
            ('no JSON', 'rule', ''),
            ('an array', '[]', ''),
            ('an id twice', dict(RULE, id='new', model='Y'), 'id')):
        wrong(f'model import: {what}', f'line 2: {text}', 'model', 'import',
              file_of(lines(dict(RULE, id='new'), line)))
    wrong('a file that is not there', 'nowhere', 'model', 'import',
          f'{folder}/nowhere')
    row('none of them changed anything', differs(
        ask('model', 'list')[1], before), differs(entries(), trail))
    out = f'{folder}/rules'
    good('model export', ['rules'], 'model', 'export', '--out', out)
    done = run('model', 'export')
    row('to standard output, and nothing else',
        differs(done.stdout, open(out).read()), differs(done.returncode, 0))
    for verb in 'remove acme', 'remove acme-x9':
        good(f'model {verb}', [], 'model', *verb.split(' '))
    refused('model remove, twice', 'not_found', 'model', 'remove', 'acme')
    good('what was exported is imported', IMPORTED, 'model', 'import', out)
    row('and is the same', differs(ask('model', 'list')[1], before))
    deciding(deny)
    too_many()
    import_killed()


def many(n):
    return lines(*[dict(RULE, id=f'm{i}', model=f'M{i}') for i in range(n)])


def too_many():
    """As many as a server can know; it would not start with more."""
    place = shutil.copytree(where, f'{folder}/many')
    before = ask('model', 'list', store=place)[1]
    refused('more rules than a TAM can know', 'limit', 'model', 'import',
            file_of(many(19999)), store=place)
    row('nothing changed', differs(ask('model', 'list', store=place)[1],
                                   before))
    answer = good('as many as it can', IMPORTED, 'model', 'import',
                  file_of(many(19998)), store=place)
    row('all of them', differs([answer.get(x) for x in IMPORTED],
                               [19998, 19998]))
    row('... and the trail is whole', differs(
        ask('audit', 'check', store=place)[0], 0))
    shutil.rmtree(place)


def import_killed():
    """All of a file, or nothing of it."""
    before, rules = len(entries()), file_of(many(1500))
    for after in range(0, 200, 20):
        place = shutil.copytree(where, f'{folder}/killed')
        child = subprocess.Popen([soter, 'tam', 'model', 'import', rules,
                                  '--store', place],
                                 stdout=subprocess.DEVNULL)
        time.sleep(after / 1000)
        child.kill()
        child.wait()
        known = len(ask('model', 'list', store=place)[1]['rules']) - 2
        trail = ask('audit', 'check', store=place)[1].get('entries', 0) - before
        row(f'model import, killed after {after} ms: all or nothing',
            None if known in (0, 1500) else f'{known} rules',
            differs(trail, known))
        shutil.rmtree(place)


def deciding(deny):
    def info(maker, model):
        return file_of(f'<deviceinfo><MANUFACTURER name="{maker}"><MODEL '
                       f'name="{model}"></MODEL></MANUFACTURER></deviceinfo>'
                       '\n')

    answer = good('model test: allowed', list(RULE), 'model', 'test',
                  info('ACME', 'X1'))
    row('by which rule', differs(answer.get('id'), 'acme'))
    answer = refused('model test: the more particular rule denies',
                     'model_denied', 'model', 'test', info('ACME', 'X9'),
                     members=list(deny))
    row('which one', differs(answer.get('id'), 'acme-x9'))
    refused('model test: no rule', 'model_unknown', 'model', 'test',
            info('Who', 'X1'))
    refused('model test: no XML', 'xml', 'model', 'test', file_of('x'))


# ---- devices --------------------------------------------------------------

def pem(name):
    with open(f'tests/vectors/keys/{name}.pem') as file:
        return file.read()


def root(device_id, key):
    return {'device_id': device_id, 'attk_pub_pem': pem(key), 'batch': 'b-7'}


def modulus(name):
    der = base64.b64decode(''.join(pem(name).split('\n')[1:-2]))
    return base64.b64encode(der[-261:-5]).decode()


COUNTS = ['stored', 'same', 'refused']
ROOT = ['attk_version', 'kind', 'class', 'status', 'since', 'audit_entry',
        'modulus_sha256']


def even():
    n = base64.b64decode(modulus('attk-u'))
    return base64.b64encode(n[:-1] + bytes([n[-1] & 0xfe])).decode()


def counts(answer):
    return [answer.get(x) for x in COUNTS]


def devices():
    answer = good('device import', COUNTS, 'device', 'import',
                  file_of(lines(root('one', 'attk-a'))), '--class', 'test')
    row('stored', differs(counts(answer), [1, 0, 0]))
    text = lines({'device_id': 'one', 'attk_n': modulus('attk-a')}, '',
                 root('two', 'attk-b'))
    answer = good('device import from standard input', COUNTS, 'device',
                  'import', '-', '--class', 'test', stdin=text)
    row('the same as a modulus, and a new one',
        differs(counts(answer), [1, 1, 0]))
    bad_lines()
    closed()
    answer = good('device show', ['device_id', 'roots'], 'device', 'show',
                  'one')
    row('its root', differs([list(r) for r in answer.get('roots', [])],
                            [ROOT]),
        differs([[r[x] for x in ROOT[:4]] for r in answer.get('roots', [])],
                [[1, 'key', 'test', 'active']]))
    answer = good('a repair adds a version', COUNTS, 'device', 'import',
                  file_of(lines(root('one', 'attk-h'))), '--class', 'test',
                  '--add-version')
    row('stored', differs(counts(answer), [1, 0, 0]))
    statuses()


def bad_lines():
    """The good ones among them are stored."""
    before = len(entries())
    text = lines({'device_id': 'x'}, root('one', 'attk-s'),
                 root('three', 'attk-b'), root('three', 'attk-s'), 'x',
                 dict(root('four', 'attk-u'), attk_n=modulus('attk-u')),
                 {'device_id': 'five', 'attk_n': 'AAAA'},
                 root('a b', 'attk-u'))
    status, answer, err = ask('device', 'import', file_of(text), '--class',
                              'test')
    row('device import with bad lines: 1, and each is named',
        differs(status, 1), differs(answer.get('word'), 'field_missing'),
        differs(counts(answer), [1, 0, 7]),
        *[lacks(err, text) for text in (
            'line 1:', '(field_missing)', 'line 2:', '(attk_differs)',
            'line 3:', '(attk_shared)', 'line 5:', '(json', 'line 6:',
            'line 7:', '(field_value)', 'line 8:')],
        None if 'line 4:' not in err else err)
    row('one entry of the trail for all of it',
        differs(len(entries()) - before, 1))
    for what, line, word in (
            ('an empty modulus', {'device_id': 'six', 'attk_n': ''},
             'field_value'),
            ('an even one', {'device_id': 'six', 'attk_n': even()},
             'key_weak'),
            ('an id that can be none', root('a b', 'attk-u'), 'field_value')):
        answer = refused(f'device import: {what}', word, 'device', 'import',
                         file_of(lines(line)), '--class', 'test',
                         members=COUNTS, said='line 1:')
        row('nothing stored', differs(counts(answer), [0, 0, 1]))
    for where, word, text in (
            ('before', 'json', '\0' + lines(root('seven', 'attk-u'))),
            ('behind', 'json_trailing',
             lines(root('seven', 'attk-u'))[:-1] + '\0\n')):
        answer = refused(f'device import: a zero byte {where} a root', word,
                         'device', 'import', file_of(text), '--class', 'test',
                         members=COUNTS, said='line 1:')
        row('nothing stored', differs(counts(answer), [0, 0, 1]))
    wrong('a line that is too long', 'line 1 is too long', 'device', 'import',
          file_of('x' * 5000 + '\n'), '--class', 'test')
    wrong('a file that is not there', 'cannot be read', 'device', 'import',
          f'{folder}/nowhere', '--class', 'test')


def closed():
    """What is free becomes the next file: the roots, for instance."""
    for program in [soter, 'tam'], [f'{os.path.dirname(soter)}/soter-tam']:
        done = subprocess.run(
            ['sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh', *program, 'device',
             'import', file_of('x\n'), '--class', 'test', '--store', where])
        row('an error that nobody can hear: 2, as nobody hears the answer',
            differs(done.returncode, 2))
        row('... and it is not written into the store',
            differs(ask('device', 'show', 'one')[1].get('word'), 'ok'))


def statuses():
    def has():
        return [r['status'] for r in
                ask('device', 'show', 'one')[1].get('roots', [])]

    for words, want in (('suspend one', ['suspended', 'suspended', 'suspended']),
                        ('resume one --attk-version 2',
                         ['suspended', 'active', 'suspended']),
                        ('revoke one --attk-version 1 --note lost',
                         ['revoked', 'active', 'suspended'])):
        good(f'device {words}', [], 'device', *words.split(' '))
        row(f'status: {want}', differs(has(), want))
    refused('a version that is not there', 'not_found', 'device', 'suspend',
            'one', '--attk-version', '3')
    wrong('a device id that cannot be', 'that is no device id', 'device',
          'revoke', 'a b')
    refused('nobody knows this one', 'not_found', 'device', 'resume', 'nobody')
    refused('... and there is nothing to show', 'not_found', 'device', 'show',
            'nobody')
    good('a device that only chains may claim', [], 'device', 'revoke',
         'HUAWEI_X_1-00000000')
    since = ask('device', 'show', 'HUAWEI_X_1-00000000')[1]['roots'][0]['since']
    row('since when', None if began <= since else since)
    good('a root in production', COUNTS, 'device', 'import',
         file_of(lines(root('two', 'attk-b'))), '--class', 'production')
    answer = good('stats', STATS, 'stats')
    row('each device and each root once', differs(
        [answer.get(x) for x in STATS[4:]], [4, {
            'test': {'active': 3, 'suspended': 0, 'revoked': 1},
            'production': {'active': 1, 'suspended': 0, 'revoked': 0}},
            {'active': 0, 'suspended': 1, 'revoked': 1}]))
    row('why stands in the trail', differs(
        [e['what'] for e in entries() if 'lost' in e.get('after', '')],
        ['device.status']))


# ---- the store as a whole -------------------------------------------------

def everything(store=None):
    """What there is, as scripts see it."""
    devices = [ask('device', 'show', name, store=store)[1]
               for name in ('one', 'two', 'three')]
    stats = ask('stats', store=store)[1]
    stats.pop('store', None)
    return (ask('tenant', 'list', store=store)[1],
            ask('model', 'list', store=store)[1], devices, stats,
            ask('audit', 'list', store=store)[1],
            ask('audit', 'check', store=store)[1])


def round_trip():
    want = everything()
    copy, again = f'{folder}/copy', f'{folder}/again'
    good('backup', [], 'backup', copy)
    row('a backup is a store', differs(everything(copy), want))
    refused('backup over something', 'exists', 'backup', copy)
    good('restore', [], 'restore', copy, store=again)
    row('the same is there', differs(everything(again), want))
    refused('restore over a store', 'exists', 'restore', copy, store=again)
    wrong('restore of nothing', 'is not there', 'restore', f'{folder}/nowhere',
          store=f'{folder}/new')
    dump, moved = f'{folder}/dump', f'{folder}/moved'
    answer = good('export', ['records'], 'export', dump)
    refused('export over something', 'exists', 'export', dump)
    got = good('import', ['records'], 'import', dump, store=moved)
    row('as many records', differs(got.get('records'), answer.get('records')))
    row('the same is there', differs(everything(moved), want))
    refused('import over a store', 'exists', 'import', dump, store=moved)
    wrong('import of nothing', 'is not there', 'import', f'{folder}/nowhere',
          store=f'{folder}/new')
    damaged(dump)
    if not pg.is_there():
        skip('from a directory to PostgreSQL and back',
             'PostgreSQL is not installed')
        return
    with pg.Server() as server:
        over_postgresql(server, dump, copy, want)
        weak_root(server)


def damaged(dump):
    with open(dump, 'rb') as file:
        whole = file.read()
    middle = len(whole) // 2
    for what, text in ('a bit', whole[:middle] + bytes([whole[middle] ^ 1]) +
                       whole[middle + 1:]), ('its end', whole[:-1]):
        with open(f'{folder}/bad', 'wb') as file:
            file.write(text)
        refused(f'import of a file that lost {what}', 'corrupt', 'import',
                f'{folder}/bad', store=f'{folder}/new')
        row('nothing was made', differs(os.path.exists(f'{folder}/new'),
                                        False))
    refused('import of something else', 'format', 'import',
            file_of('x' * 100), store=f'{folder}/new')


def over_postgresql(server, dump, copy, want):
    url, other, third = (server.database(x) for x in ('a', 'b', 'c'))
    wrong('an empty database', 'there is no store', 'stats', store=url)
    good('PostgreSQL: import', ['records'], 'import', dump, store=url)
    row('the same is there', differs(everything(url), want))
    row('it is PostgreSQL', differs(ask('stats', store=url)[1].get('store'),
                                    'postgresql'))
    refused('import over a store', 'exists', 'import', dump, store=url)
    good('a directory is restored into a database', [], 'restore', copy,
         store=third)
    row('the same is there', differs(everything(third), want))
    file = f'{folder}/pg.backup'
    good('PostgreSQL: backup', [], 'backup', file, store=url)
    good('PostgreSQL: restore', [], 'restore', file, store=other)
    row('the same is there', differs(everything(other), want))
    back, down = f'{folder}/back', f'{folder}/down'
    good('the backup of a database into a directory', [], 'restore', file,
         store=down)
    row('the same is there', differs(everything(down), want))
    good('PostgreSQL: export', ['records'], 'export', f'{folder}/pg.dump',
         store=other)
    good('and back into a directory', ['records'], 'import',
         f'{folder}/pg.dump', store=back)
    row('no record was lost', differs(everything(back), want))
    good('it goes on there', [], 'keys', 'rotate', store=back)
    answer = good('the trail is whole', ['entries', 'hash'], 'audit', 'check',
                  store=back)
    row('and one entry longer', differs(answer.get('entries'),
                                        want[-1]['entries'] + 1))


# ---- keys that only all roots together betray -------------------------------

def prime():
    return int(subprocess.run(['openssl', 'prime', '-generate', '-bits',
                               '1024'], check=True, capture_output=True,
                              text=True).stdout)


def product(p, q):
    return base64.b64encode((p * q).to_bytes(256, 'big')).decode()


def found(answer):
    return {f['device_id']: [f['class'], f['why'], sorted(f.get('with', []))]
            for f in answer.get('found', [])}


def shared_primes():
    a, b, c, d, e, f, g = (prime() for _ in range(7))
    store = f'{folder}/primes'
    good('a store for planted keys', [], 'init', store=store)
    roots = {'good': product(f, g), 'left': product(a, b),
             'right': product(a, c), 'third': product(c, d)}
    good('roots of which three share primes', COUNTS, 'device', 'import',
         file_of(lines(*({'device_id': i, 'attk_n': n}
                         for i, n in roots.items()))), '--class', 'test',
         store=store)
    # The other class: the same key of the same device is no fault.
    good('and one of the other class', COUNTS, 'device', 'import',
         file_of(lines({'device_id': 'good', 'attk_n': roots['good']},
                       {'device_id': 'made', 'attk_n': product(d, e)})),
         '--class', 'production', store=store)
    answer = refused('device audit', 'attk_prime_shared', 'device', 'audit',
                     members=['roots', 'found'], store=store)
    row('each planted key, with its partners; no other',
        differs(answer.get('roots'), 6), differs(found(answer), {
            'left': ['test', 'attk_prime_shared', ['right']],
            'right': ['test', 'attk_prime_shared', ['left', 'third']],
            'third': ['test', 'attk_prime_shared', ['made', 'right']],
            'made': ['production', 'attk_prime_shared', ['third']]}))
    good('device audit: nothing to find', ['roots', 'found'], 'device',
         'audit')
    both_classes()


def strangers(n):
    """Moduli without a factor in common, and without a small one."""
    chance, all_of_them, moduli = random.Random(1), 1, []
    for p in range(3, 65536, 2):
        all_of_them *= p
    while len(moduli) < n:
        x = chance.getrandbits(2048) | 1 << 2047 | 1
        if math.gcd(x, all_of_them) == 1:
            all_of_them *= x
            moduli.append(x)
    return moduli


def both_classes():
    """More devices than are told apart, each with its key in both classes."""
    store = f'{folder}/both'
    good('a store for devices in both classes', [], 'init', store=store)
    file = file_of(lines(*({
        'device_id': f'd{i}', 'attk_n': product(n, 1)}
        for i, n in enumerate(strangers(129)))))
    for cls in 'test', 'production':
        good(f'129 devices in {cls}', COUNTS, 'device', 'import', file,
             '--class', cls, store=store)
    good('device audit: a key in both classes is no fault',
         ['roots', 'found'], 'device', 'audit', store=store)


def weak_root(server):
    """The policy became stricter, or somebody had the database."""
    url = server.database('weak')
    good('a database', [], 'init', store=url)
    good('a root', COUNTS, 'device', 'import',
         file_of(lines(root('one', 'attk-a'), root('two', 'attk-b'))),
         '--class', 'test', store=url)
    server.sql('weak', "UPDATE soter_roots SET value = set_byte(value,"
               " length(value) - 1, 0) WHERE key = 'one'::bytea || '\\x00'")
    answer = refused('device audit: a root that the policy refuses now',
                     'key_weak', 'device', 'audit',
                     members=['roots', 'found'], store=url)
    row('it is named', differs(found(answer), {'one': ['test', 'key_weak',
                                                       []]}))


# ---- the trail ------------------------------------------------------------

ENTRY = ['number', 'time', 'who', 'what', 'subject']


def trail():
    good('keys rotate', [], 'keys', 'rotate', '--who', 'alice')
    answer = good('audit list', ['entries'], 'audit', 'list')
    found = answer.get('entries', [])
    row('each has its members', *[
        e for e in found
        if [k for k in e if k not in ('before', 'after')] != ENTRY])
    row('numbered from 1', differs([e['number'] for e in found],
                                   list(range(1, len(found) + 1))))
    row('whose hand it was', differs(found[-1]['who'], 'alice'))
    row('every kind of change', differs(
        {'tam.init', 'keys.rotate', 'tenant.add', 'tenant.secret',
         'tenant.revoke', 'tenant.suspend', 'tenant.resume', 'tenant.remove',
         'model.put', 'model.remove', 'device.status', 'roots.intake'} -
        {e['what'] for e in found}, set()))
    row('before and after', differs(
        [json.loads(e[k])['status'] for e in found
         if e['what'] == 'tenant.suspend' for k in ('before', 'after')],
        ['active', 'suspended']))
    answer = good('audit check', ['entries', 'hash'], 'audit', 'check')
    row('as many as there are', differs(answer.get('entries'), len(found)))


def tampering():
    """Each lie on a copy of its own."""
    global where
    mine, number = where, len(entries())
    for what, lie, bad in (
            ('an entry is changed', change_entry, 3),
            ('an entry is taken out', take_entry, 3),
            ('the last one is taken out', take_last, number),
            ('one is put behind', put_behind, number + 1),
            ('the head is changed', change_head, number)):
        where = shutil.copytree(mine, f'{folder}/lie{bad}{lie.__name__}')
        lie(number)
        status, answer, _ = ask('audit', 'check')
        row(f'audit check: {what}: 1, and where', differs(status, 1),
            differs(answer.get('word'), 'corrupt'),
            differs(list(answer), HEAD + ['text', 'next', 'bad_entry', 'why']),
            None if answer.get('bad_entry') in (bad, bad + 1) else answer)
        row('audit list says so, too', differs(
            ask('audit', 'list')[0], 1))
        where = mine
    answer = ask('audit', 'check')[1]
    row('the one that nobody touched is whole',
        differs(answer.get('entries'), number))
    rewritten(f'{answer["entries"]}:{answer["hash"]}')


def rewritten(kept):
    """Who has the store can write the trail anew; not what was kept."""
    global where
    mine, number = where, int(kept.split(':')[0])
    good('audit check: with what was kept', ['entries', 'hash'], 'audit',
         'check', '--head', kept)
    good('keys rotate', [], 'keys', 'rotate')
    good('audit check: the trail went on', ['entries', 'hash'], 'audit',
         'check', '--head', kept)
    where = shutil.copytree(mine, f'{folder}/rewritten')
    change_entry(number)
    chain_anew(number + 1)
    good('a trail that was written anew is whole', ['entries', 'hash'],
         'audit', 'check')
    answer = refused('audit check: not the one that was kept', 'corrupt',
                     'audit', 'check', '--head', kept,
                     members=['bad_entry', 'why'])
    row('which one, and why', differs(answer.get('bad_entry'), number),
        lacks(answer.get('why', ''), 'kept elsewhere'))
    where = mine
    answer = refused('audit check: one that is not there', 'corrupt', 'audit',
                     'check', '--head', f'{number + 9}:{"0" * 64}',
                     members=['bad_entry', 'why'])
    row('why', lacks(answer.get('why', ''), 'missing'))


def chain_anew(number):
    before = bytes(32)
    for i in range(1, number + 1):
        value, = sql('SELECT value FROM soter_audit WHERE key = ?',
                     key_of(i))[0]
        value = value[:1] + before + value[33:]
        sql('UPDATE soter_audit SET value = ? WHERE key = ?', value, key_of(i))
        before = hashlib.sha256(key_of(i) + value).digest()
    sql("UPDATE soter_meta SET value = ? WHERE key = CAST('audit' AS BLOB)",
        key_of(number) + before)


def key_of(number):
    return number.to_bytes(8, 'big')


def change_entry(number):
    value, = sql('SELECT value FROM soter_audit WHERE key = ?', key_of(3))[0]
    sql('UPDATE soter_audit SET value = ? WHERE key = ?',
        value.replace(b'both', b'moth'), key_of(3))


def take_entry(number):
    sql('DELETE FROM soter_audit WHERE key = ?', key_of(3))


def take_last(number):
    sql('DELETE FROM soter_audit WHERE key = ?', key_of(number))


def put_behind(number):
    sql('INSERT INTO soter_audit SELECT ?, version, value FROM soter_audit'
        ' WHERE key = ?', key_of(number + 1), key_of(number))


def change_head(number):
    head, = sql("SELECT value FROM soter_meta WHERE key ="
                " CAST('audit' AS BLOB)")[0]
    sql("UPDATE soter_meta SET value = ? WHERE key = CAST('audit' AS BLOB)",
        head[:-1] + bytes([head[-1] ^ 1]))


# ---------------------------------------------------------------------------

soter = os.path.realpath(sys.argv[1])
folder = tempfile.mkdtemp(prefix='soter.')
where = f'{folder}/store'
began = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
os.environ.pop('SUDO_USER', None)
try:
    usage()
    no_store()
    first_start()
    tenants()
    models()
    devices()
    shared_primes()
    trail()
    tampering()
    round_trip()
finally:
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
