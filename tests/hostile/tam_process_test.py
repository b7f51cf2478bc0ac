#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tam_process_test.py BUILD -- who takes over the public process of a TAM.

Goal: it has the store open for reading, and no way to write a root or a tenant;
in a database its role needs no more.  The files are of their owner alone, and
none of the processes is left behind when another one dies.  Who was killed while it
made its store goes on at the next start, or says what to run.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, 'tests')
import pg  # noqa: E402
from tamrig import VERIFY_ASK, Tam  # noqa: E402

rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:1000].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def differs(got, want):
    return None if got == want else f'{got!r}, not {want!r}'


def skip(what, why):
    global rows
    rows += 1
    print(f'ok {rows} - {what} # SKIP {why}')


def wait_for(what):
    for _ in range(1500):
        if what():
            return True
        time.sleep(0.02)
    return False


# ---- what a process may do ------------------------------------------------

DATA = 'roots.lmdb', 'store.sqlite'


def open_files(pid):
    """(name, access mode) of each file of the store that it has open."""
    for fd in os.listdir(f'/proc/{pid}/fd'):
        try:
            path = os.readlink(f'/proc/{pid}/fd/{fd}')
            with open(f'/proc/{pid}/fdinfo/{fd}') as info:
                flags = int(info.read().split('flags:')[1].split()[0], 8)
        except OSError:
            continue
        if os.path.basename(path) in DATA:
            yield os.path.basename(path), flags & os.O_ACCMODE


def written_maps(pid):
    """Files of the store that it could change in memory."""
    with open(f'/proc/{pid}/maps') as maps:
        for line in maps:
            words = line.split()
            if len(words) > 5 and os.path.basename(words[5]) in DATA and \
                    'w' in words[1] and 's' in words[1]:
                yield os.path.basename(words[5])


def roles(tam):
    """public and intake, by the ports that they listen at."""
    pids = {}
    for pid in tam.pids():
        with open(f'/proc/{pid}/net/tcp') as table:
            ports = {line.split()[9]: int(line.split()[1].split(':')[1], 16)
                     for line in table.readlines()[1:]
                     if line.split()[3] == '0A'}
        mine = {os.readlink(f'/proc/{pid}/fd/{fd}')
                for fd in os.listdir(f'/proc/{pid}/fd')}
        for inode, port in ports.items():
            for role in 'public', 'intake':
                if f'socket:[{inode}]' in mine and port == tam.ports[role]:
                    pids[role] = pid
    return pids


def rights():
    with Tam(build, f'{folder}/tam') as tam:
        tam.tenant('shop')
        pids = roles(tam)
        titles = {}
        for role, pid in pids.items():
            with open(f'/proc/{pid}/comm') as comm:
                titles[role] = comm.read().strip()
        row('ps and top tell them apart',
            differs(titles, {r: f'tamd-{r}' for r in ('public', 'intake')}))
        found = sorted(set(open_files(pids['public'])))
        row('public has both files of the store open, and for reading',
            differs(found, [(name, os.O_RDONLY) for name in DATA]),
            differs(list(written_maps(pids['public'])), []))
        row('intake can write, and not by a stray pointer',
            differs({mode for _, mode in open_files(pids['intake'])} >=
                    {os.O_RDWR}, True),
            differs(list(written_maps(pids['intake'])), []))
        modes = {name: os.stat(f'{tam.where}/{name}').st_mode & 0o777
                 for name in os.listdir(tam.where)}
        row('the store is of its owner alone',
            differs(set(modes.values()), {0o600}),
            differs(os.stat(tam.where).st_mode & 0o777, 0o700))
        row('so is the key that it made itself', differs(
            os.stat(f'{tam.folder}/state/self.key').st_mode & 0o777, 0o600))


# ---- who dies -------------------------------------------------------------

def is_gone(pid):
    try:
        with open(f'/proc/{pid}/stat') as stat:
            return stat.read().rsplit(')', 1)[1].split()[0] == 'Z'
    except OSError:
        return True


def deaths():
    for victim in 'public', 'intake', 'the first':
        with Tam(build, f'{folder}/{victim.replace(" ", "-")}') as tam:
            pids = roles(tam)
            all_of_them = [tam.process.pid, *pids.values()]
            os.kill(pids.get(victim, tam.process.pid), signal.SIGKILL)
            status = tam.process.wait()
            row(f'{victim} is killed: none of the others is left',
                *[f'{pid} is there' for pid in all_of_them
                  if not wait_for(lambda: is_gone(pid))],
                None if status != 0 else 'status 0')
            tam.process = None


def fill(write):
    """Until there is no room for a byte."""
    end = os.open(f'/proc/self/fd/{write}', os.O_WRONLY | os.O_NONBLOCK)
    for n in 4096, 1:
        try:
            while True:
                os.write(end, b'x' * n)
        except BlockingIOError:
            pass
    os.close(end)


def unheard():
    for what in 'stands still', 'has gone':
        tam = Tam(build, f'{folder}/{what.replace(" ", "-")}')
        read, write = os.pipe()
        tam.process = subprocess.Popen(
            [f'{build}/src/tam/soter-tamd', '--config', tam.conf],
            stderr=write)
        said = b''
        while b'soter-tamd: ready' not in said:
            said += os.read(read, 65536)
        public, intake = tam.pids()
        if what == 'stands still':
            fill(write)
        else:
            os.close(read)
        os.kill(intake, signal.SIGKILL)
        wait_for(lambda: tam.process.poll() is not None)
        row(f'whoever reads what it says {what}: it ends all the same',
            differs(tam.process.poll(), 1),
            None if wait_for(lambda: is_gone(public)) else 'one is left')
        tam.process.kill()
        tam.process.wait()


def closed():
    """Else what is opened next has their numbers: a client, or the store."""
    with Tam(build, f'{folder}/closed', under=[
            'sh', '-c', 'exec "$@" <&- >&-', 'sh']) as tam:
        places = [f'/proc/{pid}/fd/{fd}' for fd in (0, 1)
                  for pid in (tam.process.pid, *tam.pids())]
        row('started without standard input and output: nothing takes their'
            ' place', *[differs(os.path.realpath(place), '/dev/null')
                        for place in places])


# ---- a store that is not finished -----------------------------------------

def starts(tam):
    """None, or what it said when it ended."""
    try:
        with tam:
            tam.tenant('shop')
            return None
    except SystemExit as said:
        tam.process = None
        return str(said)


def unfilled():
    """As one that was killed left it, behind the making of its store."""
    tam = Tam(build, f'{folder}/unfilled', plain=True)
    assert tam.verb('init')[0] == 0
    with sqlite3.connect(f'{tam.where}/store.sqlite') as db:
        for table in 'meta', 'audit':
            db.execute(f'DELETE FROM soter_{table}')
    row('a store that was made and not filled is filled at the next start',
        starts(tam))
    row('... once, and its trail begins', differs(
        [e['what'] for e in tam.verb('audit', 'list')[1].get('entries', [])],
        ['tam.init', 'tenant.add']))


def told(what, tam, files):
    """It does not start, says which command makes it start, and that is so."""
    said = starts(tam) or ''
    command = f'soter tam init --store {tam.where}'
    row(f'{what}: it says what to run', differs(said.count(command), 1))
    row('... and changes nothing', differs(sorted(os.listdir(tam.where)),
                                           files))
    tam.verb('init')
    row('... and that helps', starts(tam))


def unmade():
    """It, a restore or an import was killed: whose it was nobody knows."""
    tam = Tam(build, f'{folder}/unmade', plain=True)
    os.mkdir(tam.where)
    for name in 'roots.lmdb.new', 'store.sqlite.new':
        open(f'{tam.where}/{name}', 'w').close()
    told('the making of a store was cut off', tam,
         ['roots.lmdb.new', 'store.sqlite.new'])
    tam = Tam(build, f'{folder}/empty', plain=True)
    os.mkdir(tam.where)
    told('a folder is there, and empty', tam, [])


def killed():
    """While it makes its store, wherever that is."""
    faults, ends = [], {'ready': 0, 'told': 0}
    for after in range(0, 60, 4):
        tam = Tam(build, f'{folder}/killed{after}', plain=True)
        with open(tam.log, 'ab') as log:
            child = subprocess.Popen([f'{build}/src/tam/soter-tamd',
                                      '--config', tam.conf],
                                     stdout=log, stderr=log)
        time.sleep(after / 1000)
        child.kill()
        child.wait()
        said = starts(tam)
        if said is not None:
            ends['told'] += 1
            if f'soter tam init --store {tam.where}' not in said:
                faults.append(f'{after} ms: {said}')
            tam.verb('init')
            said = starts(tam)
        if said is not None:
            faults.append(f'{after} ms, and init: {said}')
        ends['ready'] += said is None
        faults += [f'{after} ms: {x}' for x in [tam.verb('audit', 'check')]
                   if x[0] != 0]
    row('killed at its first start: it goes on, or says what to run', *faults)
    print(f'# {ends}')


# ---- a database -----------------------------------------------------------

def no_tables():
    what = 'a database without a store: it says what to run'
    if not pg.is_there():
        skip(what, 'PostgreSQL is not installed')
        return
    with pg.Server() as server:
        tam = Tam(build, f'{folder}/no-tables', server.database('tam'),
                  plain=True)
        said = starts(tam) or ''
        row(what, None if 'soter tam init' in said else said,
            f'the URL is told: {said}' if 'postgresql://' in said else None)


def readers():
    what = 'a role that can read is enough for the public process'
    if not pg.is_there():
        skip(what, 'PostgreSQL is not installed')
        return
    with pg.Server() as server:
        url = server.database('tam')
        owner = Tam(build, f'{folder}/owner', url, plain=True)
        assert owner.verb('init')[0] == 0
        secret = owner.tenant('shop')
        for text in ('CREATE ROLE reader LOGIN',
                     'GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader'):
            server.sql('tam', text)
        tam = Tam(build, f'{folder}/reader', url.replace('soter@', 'reader@'),
                  plain=True)
        with open(tam.conf) as file:
            text = file.read()
        with open(tam.conf, 'w') as file:
            file.write(text[:text.index('[intake]')] +
                       '[intake]\nlisten = none\n')
        with tam:
            token = tam.token('shop', secret)
            answer = tam.ask('POST', f'{VERIFY_ASK}?access_token={token}',
                             {'ask_json': json.dumps({'cpu_id': 'x'}),
                              'ask_json_signature': 'x'})
            row(what, differs(answer.status, 200))
            status, answer = tam.verb('tenant', 'revoke', 'shop')
            row('and it cannot change a tenant', differs(status != 0, True),
                differs(owner.verb('tenant', 'revoke', 'shop')[0], 0))


build = sys.argv[1]
folder = tempfile.mkdtemp(prefix='soter.')
try:
    rights()
    deaths()
    unheard()
    closed()
    unfilled()
    unmade()
    killed()
    no_tables()
    readers()
finally:
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
