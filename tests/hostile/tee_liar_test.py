#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tee_liar_test.py SOTER -- a TEE that lies to the command.

Whatever answers at the socket, `soter tee` and `soter sim` show no byte that a
terminal would obey, take no answer for more than it is, end by themselves, and
say with exit status 2 that it was no answer.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, 'tests')
import teemsg  # noqa: E402
from teemsg import text, u32, u64  # noqa: E402

soter = os.path.abspath(sys.argv[1])
rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:400].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')


class Liar:
    """Answers each call with what it was told; one thread, one client."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(8)
        self.answers, self.raw = [], None
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(sock,),
                             daemon=True).start()

    def talk(self, sock):
        try:
            while True:
                kind, serial, _ = teemsg.read_message(sock)
                if kind == teemsg.OPEN:
                    self.reply(sock, serial, 0, b'')
                elif kind == teemsg.INVOKE and self.raw is not None:
                    sock.sendall(self.raw)
                    return
                elif kind == teemsg.INVOKE:
                    answer = self.answers.pop(0) if self.answers else b''
                    self.reply(sock, serial, teemsg.MEMREF_IN |
                               teemsg.MEMREF_OUT << 4, answer)
        except (EOFError, OSError):
            pass
        finally:
            sock.close()  # the client waits for it

    @staticmethod
    def reply(sock, serial, types, out):
        params = bytes(32) if types == 0 else \
            u32(0, 0, len(out), len(out)) + bytes(16)
        sock.sendall(teemsg.message(teemsg.REPLY, serial,
                                    u32(0, 4, types) + params + out))


def ask(*line, answers=(), raw=None):
    """Exit status, output, error output."""
    liar.answers, liar.raw = list(answers), raw
    run = subprocess.run([soter, *line], env=env, capture_output=True,
                         stdin=subprocess.DEVNULL, timeout=60)
    return run.returncode, run.stdout, run.stderr


def obeyed(*outputs):
    """What a terminal would act upon."""
    for output in outputs:
        try:
            shown = output.decode()
        except UnicodeDecodeError:
            return f'no UTF-8: {output!r}'
        for c in shown:
            if c != '\n' and (ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 or
                              0x202a <= ord(c) <= 0x202e):
                return f'{c!r} in {output!r}'
    return None


def good(body=b''):
    return u32(0) + body


def status(tee_n, trouble=0, rollback=0):
    return good(u32(1, 20, rollback, 1, 0, 0, 64, 1, 1, trouble) + text(tee_n) +
                text('1'))


EVIL = b'\x1b]0;owned\x07\x1b[2J\xe2\x80\xaeevil\x9b31m\xff\n'


def names():
    code, out, err = ask('tee', 'status', answers=[status(EVIL)])
    row('a TEE name with escape sequences is shown escaped',
        code != 0 and f'status {code}', obeyed(out, err),
        b'\\x1b]0;owned' not in out and out)
    code, out, err = ask('tee', 'status', '--json', answers=[status(EVIL)])
    row('... and in JSON', code != 0 and f'status {code}', obeyed(out, err),
        'owned' not in json.loads(out)['tee_n'] and out)
    code, out, err = ask('tee', 'keys', answers=[good(text(EVIL) + text('a'))])
    row('so is the name of a key', code != 0 and f'status {code}',
        obeyed(out, err), b'"a"' not in out and out)
    code, out, err = ask('tee', 'keys', '--json',
                         answers=[good(text(b'a\0b') + text('c'))])
    row('... and one with a NUL in it', code != 0 and f'status {code}',
        json.loads(out)['authkeys'] != ['a\\x00b', 'c'] and out)
    result = b'{"raw":"x","fid":"1","counter":1,"tee_n":"' + EVIL[:14] + b'"}'
    blob = good(u32(len(result)) + result + bytes(256))
    code, out, err = ask('tee', 'finish-sign', '--session', '5',
                         answers=[blob])
    row('so is what a result says', obeyed(out, err))


def rollback():
    """Only hardware refuses what whoever owns the REE puts back."""
    for level, word in ((0, 'would not be noticed'), (1, 'is accepted'),
                        (100, 'is accepted'), (999, 'is accepted'),
                        (1000, 'is refused')):
        _, out, _ = ask('tee', 'status', '--json',
                        answers=[status('x', rollback=level)])
        said = json.loads(out)
        row(f'level {level}: an old storage put back {word}',
            said['rollback_level'] != level and out,
            word not in said['rollback'] and out)


def nonsense():
    one = u32(1)
    cases = [
        ('an empty answer', ('tee', 'status'), b''),
        ('half a code', ('tee', 'status'), b'\0\0'),
        ('a body behind a refusal', ('tee', 'ask', 'has'), u32(2**32 - 5) + one),
        ('a status that is cut', ('tee', 'status'), status('x')[:-1]),
        ('a status that is too long', ('tee', 'status'), status('x') + b'x'),
        ('a name that is too long', ('tee', 'status'), status('x' * 49)),
        ('a name longer than the answer', ('tee', 'keys'), good(u32(9) + b'x')),
        ('a device id that is too short', ('tee', 'device-id'), good(b'a' * 31)),
        ('a device id of 4096 bytes', ('tee', 'device-id'), good(b'a' * 4096)),
        ('a device id that is no hex', ('tee', 'device-id'), good(b'\x1b' * 32)),
        ('a root that is no key', ('tee', 'attk'), good(b'hello')),
        ('an export that is no blob', ('tee', 'ask', 'export'), good(b'x' * 300)),
        ('a session that is 0', ('tee', 'init-sign', '--name', 'a',
                                 '--challenge', 'b'), good(u64(0))),
        ('a session of 64 bits', ('tee', 'init-sign', '--name', 'a',
                                  '--challenge', 'b'), good(u64(2**64 - 1))),
        ('a session of 4 bytes', ('tee', 'init-sign', '--name', 'a',
                                  '--challenge', 'b'), good(one)),
        ('a list that is cut', ('sim', 'list'), good(u64(1) + one + b'x')),
        ('a fid of 64 bits', ('sim', 'list'), good(u64(2**64 - 1) + one)),
        ('a sensor status of nothing', ('sim', 'status'), good()),
    ]
    for what, line, answer in cases:
        code, out, err = ask(*line, answers=[answer])
        row(f'{what} is no answer', code != 2 and f'status {code}: {out!r}',
            out and f'printed {out!r}', obeyed(err),
            err.count(b'\n') != 1 and err)


def refusals():
    code, out, err = ask('tee', 'ask', 'has', answers=[u32(2**32 - 5)])
    row('-5 is ask_not_ready', code != 1 and code,
        not out.startswith(b'refused: ask_not_ready (0x0505)\n') and out, err)
    for number in (2**31, 2**32 - 1000, 77, 2**32 - 300):
        code, out, err = ask('tee', 'ask', 'has', answers=[u32(number)])
        row(f'{number - 2**32 if number >= 2**31 else number} is a refusal '
            'too, and no yes', code != 1 and code,
            not out.startswith(b'refused: unknown_error') and out, err)
    code, out, err = ask('tee', 'ask', 'has', '--json',
                         answers=[u32(2**32 - 5)])
    answer = json.loads(out)
    row('as JSON it says ok, word, number, text, next', code != 1 and code,
        list(answer) != ['ok', 'word', 'number', 'text', 'next'] and out,
        answer['ok'] is not False and out)


def endless():
    """An enrolment that never ends, a sensor that never sees anything."""
    step = good(u32(3) + u64(0))
    code, out, err = ask('sim', 'enrol', 'thumb', '--pin', '1234',
                         answers=[step] + [good(), step] * 200)
    row('an enrolment that never ends is given up', code != 2 and code, out)
    session, waiting = good(u64(7)), u32(2**32 - 0x46)
    code, out, err = ask('tee', 'sign', '--name', 'a', '--challenge', 'b',
                         '--wait', '0', '--touch', 'x',
                         answers=[session, good(), good(), waiting])
    row('a sensor that sees nothing ends by time', code != 1 and code,
        not out.startswith(b'refused: waiting_for_touch') and out, err)


def broken():
    for what, raw in (
            ('nothing', b''), ('half a length', b'\x20\0'),
            ('4 GiB', u32(2**32 - 1) + b'x' * 100),
            ('rubbish', bytes(range(256)) * 8),
            ('another kind', teemsg.message(teemsg.OPEN, 2, bytes(36))),
            ('more bytes than asked for', teemsg.message(
                teemsg.REPLY, 2, u32(0, 4, 0x65, 0, 0, 2**31, 2**31, 0, 0, 0,
                                     0)))):
        code, out, err = ask('tee', 'status', raw=raw)
        row(f'a connection that brings {what} and ends',
            code != 2 and f'status {code}', out, obeyed(err),
            err.count(b'\n') != 1 and err)


def nobody():
    nowhere = dict(env, SOTER_TEE_SOCKET=path + '.gone')
    run = subprocess.run([soter, 'tee', 'status'], env=nowhere,
                         capture_output=True)
    row('no TEE: which socket was tried, and what to do',
        run.returncode != 2 and run.returncode, run.stdout,
        (path + '.gone').encode() not in run.stderr and run.stderr,
        b'soter-teed' not in run.stderr and run.stderr)


with tempfile.TemporaryDirectory() as folder:
    path = folder + '/socket'
    env = dict(os.environ, SOTER_TEE_SOCKET=path, LC_ALL='C.UTF-8')
    liar = Liar(path)
    names()
    rollback()
    nonsense()
    refusals()
    endless()
    broken()
    nobody()
print(f'1..{rows}')
sys.exit(failed > 0)
