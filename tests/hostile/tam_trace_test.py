#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tam_trace_test.py BUILD NOSYNC -- a power cut is not a SIGKILL: what lies in
the page cache survives a kill, so a kill shows nothing about it.

Goal: the system calls of the intake and of `soter tam tenant add` show that,
before the first byte of an answer that says "stored" is handed over, whatever
was written had been synced: SQLite's log and the file of roots; or that the
database had answered the end of every transaction that changed something.

Each row is shown to fail: with NOSYNC, which skips the sync of one file, and
with an answer that is moved in front of the database's.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, 'tests')
import pg  # noqa: E402
from tamload import Root  # noqa: E402
from tamrig import Tam  # noqa: E402

WATCHED = ('openat,open,close,connect,write,writev,pwrite64,pwritev,pwritev2,'
           'sendto,sendmsg,recvfrom,recvmsg,fsync,fdatasync')
TIMES = 5
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


# ---- what strace wrote ----------------------------------------------------

CALL = re.compile(r'(\w+)\((.*)\)\s+= (-?\d+)(.*)$')
FD = re.compile(r'^(\d+)<(.*?)>(?:,|\)|$)')
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Call:
    """When it began and when it ended, in lines of the trace."""

    def __init__(self, pid, text, begin, end):
        name, arguments, result, rest = CALL.match(text).groups()
        self.pid, self.name, self.result = pid, name, int(result)
        self.arguments, self.begin, self.end = arguments, begin, end
        match = FD.match(arguments if name not in ('openat', 'open')
                         else result + rest)
        self.fd, self.file = match.groups() if match else (None, '')
        self.is_osync = 'O_DSYNC' in arguments or 'O_SYNC' in arguments

    def bytes(self):
        match = STRING.search(self.arguments)
        if match is None or self.result <= 0:
            return b''
        return match[1].encode('latin-1').decode('unicode_escape').encode(
            'latin-1')[:self.result]


def read_trace(path):
    calls, open_ones = [], {}
    with open(path, encoding='latin-1') as file:
        for number, line in enumerate(file):
            pid, text = line.rstrip('\n').split(maxsplit=1)
            if text.endswith('<unfinished ...>'):
                open_ones[pid] = number, text[:-len('<unfinished ...>')]
                continue
            begin = number
            if text.startswith('<... '):
                if pid not in open_ones:
                    continue
                begin, head = open_ones.pop(pid)
                text = head.rstrip() + ' ' + text.split('resumed>', 1)[1]
                text = text.replace('( ', '(', 1)
            if CALL.match(text):
                calls.append(Call(pid, text, begin, number))
    return calls


class Steps:
    """What happens, in order: a write is unsafe from its beginning, a sync
    counts at its end, and only for what had been written when it began."""

    def __init__(self, calls):
        steps = []
        for call in calls:
            steps.append((call.begin, 0, 'begin', call))
            steps.append((call.end, 1, 'end', call))
        self.steps = [(when, call) for _, _, when, call in
                      sorted(steps, key=lambda s: s[:2])]


# ---- a directory ----------------------------------------------------------

WRITES = {'write', 'writev', 'pwrite64', 'pwritev', 'pwritev2'}


def check_files(calls, store, is_answer, wanted):
    """What is wrong; each answer needs that each of the files in wanted was
    written since the last one, and that nothing of the store is unsafe."""
    unsafe, snapshots, osync = {}, {}, {}
    faults, seen, answers = [], set(), 0
    for when, call in Steps(calls).steps:
        is_store = call.file.startswith(store) and \
            not call.file.endswith(('-shm', '-lock'))
        if call.name in ('open', 'openat') and when == 'end':
            osync[call.fd] = call.is_osync
        elif call.name in WRITES and is_store:
            seen.add(os.path.basename(call.file))
            if not osync.get(call.fd):
                unsafe.setdefault(call.file, set()).add((call, when))
            elif when == 'begin':
                unsafe.setdefault(call.file, set()).add((call, 'own'))
            else:
                unsafe[call.file].discard((call, 'own'))
        elif call.name in ('fsync', 'fdatasync') and is_store:
            if when == 'begin':
                snapshots[call] = set(unsafe.get(call.file, ()))
            elif call.result == 0:
                unsafe[call.file] = unsafe.get(call.file, set()) - \
                    snapshots[call]
        elif when == 'begin' and is_answer(call):
            answers += 1
            left = [os.path.basename(f) for f, w in unsafe.items() if w]
            if left:
                faults.append(f'answer {answers}: not synced: {left}')
            for name in wanted:
                if not any(s.endswith(name) for s in seen):
                    faults.append(f'answer {answers}: no write to {name}')
            seen.clear()
    return faults, answers


# ---- a database -----------------------------------------------------------

class Wire:
    """One connection: what was sent and came, as messages."""

    def __init__(self):
        self.out, self.into, self.is_started = b'', b'', False
        self.changes = set()  # names of statements that change something
        self.syncs = self.needed = 0
        self.answered = -1  # the first of them ends the log-in
        self.is_changed, self.tables = False, set()

    def sent(self, data):
        self.out += data
        if not self.is_started:  # the first message has no letter
            n = int.from_bytes(self.out[:4], 'big')
            if len(self.out) < n:
                return
            self.out, self.is_started = self.out[n:], True
        for letter, body in self.messages('out'):
            if letter == b'P':
                name, text = body.split(b'\0')[:2]
                match = re.search(
                    rb'(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)', text)
                if match:
                    self.changes.add((name, match[1].decode()))
            elif letter == b'B':
                used = body.split(b'\0')[1]
                tables = {t for n, t in self.changes if n == used}
                self.is_changed |= bool(tables)
                self.tables |= tables
            elif letter == b'S':
                self.syncs += 1
                if self.is_changed:
                    self.needed, self.is_changed = self.syncs, False

    def came(self, data):
        self.into += data
        for letter, body in self.messages('into'):
            self.answered += letter == b'Z' and body == b'I'

    def messages(self, which):
        data = getattr(self, which)
        while len(data) >= 5:
            n = 1 + int.from_bytes(data[1:5], 'big')
            if len(data) < n:
                break
            yield data[:1], data[5:n]
            data = data[n:]
        setattr(self, which, data)

    def is_settled(self):
        return self.answered >= self.needed and not self.is_changed


def check_wires(calls, is_answer, wanted, ends=None):
    """What is wrong; each answer needs that each table in wanted was changed
    since the last one, and that all changes were answered.  ends: receives the
    calls that brought the answer to a change."""
    wires, all_wires, faults, answers = {}, [], [], 0
    for when, call in Steps(calls).steps:
        wire = wires.get(call.fd)
        if when == 'begin' and is_answer(call):
            answers += 1
            if not all(w.is_settled() for w in all_wires):
                faults.append(f'answer {answers}: a transaction is open')
            tables = set().union(*(w.tables for w in all_wires))
            if not wanted <= tables:
                faults.append(f'answer {answers}: {tables} were changed')
            for other in all_wires:
                other.tables = set()
        elif call.name == 'connect' and when == 'begin' and \
                '.s.PGSQL.' in call.arguments:
            wires[call.fd] = Wire()
            all_wires.append(wires[call.fd])
        elif call.name == 'close':
            wires.pop(call.fd, None)
        elif wire and call.name == 'sendto' and when == 'begin':
            wire.sent(call.bytes())
        elif wire and call.name == 'recvfrom' and when == 'end':
            was_settled = wire.is_settled()
            wire.came(call.bytes())
            if ends is not None and not was_settled and wire.is_settled():
                ends.append(call)
    return faults, answers


def too_early(calls, is_answer, wanted):
    """The same with each answer before that to the last change before it."""
    ends = []
    check_wires(calls, is_answer, wanted, ends)
    for answer in [c for c in calls if is_answer(c)]:
        answer.begin = max(c.begin for c in ends
                           if c.end < answer.begin) - 0.5
    return calls


# ---- what is traced -------------------------------------------------------

def is_stored(call):
    """An answer of the intake that acknowledges."""
    return call.name in ('sendto', 'sendmsg', 'write', 'writev') and \
        call.bytes().startswith(b'HTTP/1.1 200') and \
        b'"result":"ok"' in call.bytes()


def is_told(call):
    """The verb tells the new tenant's secret."""
    return call.name == 'write' and call.fd == '1' and \
        b'"secret"' in call.bytes()


def strace(out, nosync=None):
    words = ['strace', '-f', '-D', '-y', '-s', '65536', '-o', out, '-e',
             f'trace={WATCHED}']
    if nosync is not None:
        words += ['-E', f'LD_PRELOAD={module}', '-E', f'SOTER_NOSYNC={nosync}']
    return words


def finished(out):
    """The tracer ends a little after what it traced."""
    for _ in range(1000):
        with open(out, encoding='latin-1') as file:
            lines = file.read().splitlines()
        ended = {line.split()[0] for line in lines if '+++ ' in line}
        if lines and {line.split()[0] for line in lines} <= ended:
            break
        time.sleep(0.02)
    return read_trace(out)


def trace_intake(name, where=None, nosync=None):
    out = f'{folder}/{name}.trace'
    place = where or f'{folder}/{name}/store'
    maker = Tam(build, f'{folder}/{name}', place, plain=True)
    if not maker.verb('stats')[1].get('ok'):
        assert maker.verb('init')[0] == 0
    appid = f'line-{name}'
    secret = maker.tenant(appid, 'test', '--right', 'intake')
    # One process alone, so that its descriptors are its own.
    tam = Tam(build, f'{folder}/{name}', place, plain=True,
              under=strace(out, nosync))
    with open(tam.conf, 'r+') as conf:
        text = conf.read().replace('[public]\nlisten = 127.0.0.1:0',
                                   '[public]\nlisten = none')
        conf.seek(0)
        conf.truncate()
        conf.write(text)
    with tam:
        token = tam.token(appid, secret, 'intake')
        for _ in range(TIMES):
            answer = tam.intake(token, [Root(chance).line() for _ in range(3)])
            assert answer.status == 200, answer
    return finished(out), place


def trace_verb(name, where=None, nosync=None):
    out = f'{folder}/{name}.trace'
    place = where or f'{folder}/{name}/store'
    maker = Tam(build, f'{folder}/{name}', place)
    if not maker.verb('stats')[1].get('ok'):
        assert maker.verb('init')[0] == 0
    subprocess.run(strace(out, nosync) + [
        f'{build}/src/cli/soter', 'tam', 'tenant', 'add', f'app-{name}',
        '--class', 'test', '--json', '--store', place], check=True,
        stdout=subprocess.PIPE)
    return finished(out), place


def embedded():
    for what, trace, is_answer, wanted, times in (
            ('intake', trace_intake, is_stored, ('-wal', 'roots.lmdb'), TIMES),
            ('tenant add', trace_verb, is_told, ('-wal',), 1)):
        name = what.split()[0]
        faults, n = check_files(*trace(name), is_answer, wanted)
        row(f'{what}: synced before each of {n} answers', *faults,
            None if n == times else f'not {times}')
        for file in wanted:
            faults, n = check_files(*trace(f'{name}{file}', nosync=file),
                                    is_answer, wanted)
            row(f'{what}: without the sync of {file}, it would be red',
                None if len([f for f in faults if 'not synced' in f]) == times
                else faults or 'no fault', None if n == times else f'{n}, not {times}')


def postgresql():
    with pg.Server() as server:
        for what, trace, is_answer, wanted, times in (
                ('intake', trace_intake, is_stored,
                 {'soter_audit', 'soter_meta', 'soter_roots'}, TIMES),
                ('tenant add', trace_verb, is_told,
                 {'soter_audit', 'soter_meta', 'soter_tenants'}, 1)):
            name = what.split()[0] + '_pg'
            calls, _ = trace(name, server.database(name))
            faults, n = check_wires(calls, is_answer, wanted)
            row(f'PostgreSQL: {what}: every change was answered before each '
                f'of {n} answers', *faults,
                None if n == times else f'not {times}')
            faults, n = check_wires(too_early(calls, is_answer, wanted),
                                    is_answer, wanted)
            row(f'PostgreSQL: {what}: an answer before that would be red',
                None if len([f for f in faults if 'open' in f]) == times
                else faults or 'no fault')


build, module = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
if subprocess.run(['strace', '-o', '/dev/null', 'true'],
                  stderr=subprocess.DEVNULL).returncode != 0:
    print('1..0 # SKIP no strace, or it may not')
    sys.exit(0)
chance = random.Random(1)
folder = tempfile.mkdtemp(prefix='soter-')
try:
    embedded()
    if pg.is_there():
        postgresql()
finally:
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
