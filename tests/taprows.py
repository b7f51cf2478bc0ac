# SPDX-License-Identifier: BSD-3-Clause
"""taprows.py -- rows of a test, reported as TAP; processes of other users."""
import os
import sys
import time

is_root = os.getuid() == 0
rows = failed = 0


def row(what, *faults):
    """A row; it is good if no fault is said."""
    global rows, failed
    rows += 1
    faults = [f for f in faults if f]
    for fault in faults:
        print('# ' + str(fault)[:600].replace('\n', ' | '))
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def skip(what, why='needs root'):
    global rows
    rows += 1
    print(f'ok {rows} - {what} # SKIP {why}')


def done():
    print(f'1..{rows}')
    sys.exit(failed > 0)


def differs(got, want):
    return None if got == want else f'{got!r}, not {want!r}'


def soon(call, want=0):
    """What call says, once it says what it should; or after 20 s."""
    end = time.monotonic() + 20
    while True:
        got = call()
        if got == want or time.monotonic() > end:
            return got
        time.sleep(0.01)


def become(uid):
    """For good, if we are root."""
    if is_root:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def as_user(uid, function, *args):
    """What function says when a process of this user runs it: a text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            become(uid)
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
