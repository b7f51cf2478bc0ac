#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""records_durable_test.py RECORDS_ACK -- before each done of a write, what it
wrote was on the disk.

A kill leaves the page cache as it is, so no kill test sees a sync that is
missing.  Here the kernel's own list of calls is read (strace):

    a directory   no file of the store has a write that no sync has followed,
                  when "ack" is written; files opened with O_DSYNC need none
    PostgreSQL    each Sync message that was sent has had its ReadyForQuery,
                  which is the answer to the commit
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, 'tests')
import pg  # noqa: E402

N = 20
CALLS = ('openat,write,pwrite64,pwritev,writev,fsync,fdatasync,ftruncate,'
         'sendto,recvfrom,read,close,rename,renameat')
SYNC, READY = b'S\0\0\0\4', b'Z\0\0\0\5'
ack_program = os.path.abspath(sys.argv[1])
rows = failed = 0


def row(what, *faults):
    global rows, failed
    rows += 1
    for fault in faults[:10]:
        print('# ' + fault[:500])
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')
    sys.stdout.flush()


def skip(what, why):
    global rows
    rows += 1
    print(f'ok {rows} - {what} # SKIP {why}')


def trace(where, folder):
    """What the kernel saw, a (pid, call, is begin, is end, text) each."""
    log = f'{folder}/trace'
    status = subprocess.run(
        ['strace', '-f', '-y', '-xx', '-s', '100000', '-e', 'trace=' + CALLS,
         '-o', log, ack_program, where, str(N)],
        stderr=subprocess.DEVNULL, close_fds=False).returncode
    with open(log) as lines:
        return status, list(calls(lines))


def calls(lines):
    """A call that another thread interrupts stands on two lines."""
    begun = {}
    for line in lines:
        pid, _, text = line.rstrip('\n').partition(' ')
        text = text.strip()
        resumed = re.match(r'<\.\.\. (\w+) resumed>(.*)', text)
        if text.endswith('<unfinished ...>'):
            begun[pid] = text[:-len('<unfinished ...>')]
            yield 'begin', begun[pid]
        elif resumed:
            whole = begun.pop(pid, '') + resumed.group(2)
            yield 'end', whole
        elif re.match(r'\w+\(', text):
            yield 'begin', text
            yield 'end', text


def unescape(text):
    """The bytes of all quoted strings of a call (-xx: all of them in hex)."""
    return b''.join(bytes.fromhex(s.replace('\\x', ''))
                    for s in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', text))


def plain(text):
    """-xx writes paths in hex, too."""
    return re.sub(r'(?:\\x[0-9a-f]{2})+',
                  lambda m: bytes.fromhex(m.group().replace('\\x', ''))
                  .decode('latin-1'), text)


class Directory:
    """Which files of a store have something that was not synced."""

    def __init__(self, where):
        self.where = where
        self.dirty, self.dsync = {}, set()
        self.writes = self.syncs = 0
        self.seen = {}

    def file(self, text):
        """Descriptor and name of the first argument."""
        found = re.match(r'\w+\((\d+)<([^>]*)>', plain(text))
        if found is None or not found.group(2).startswith(self.where + '/'):
            return None, None
        name = os.path.basename(found.group(2))
        # Memory that processes share, and locks: worth nothing after a crash.
        if name.endswith(('-shm', '-lock')):
            return None, None
        return int(found.group(1)), name

    def see(self, moment, text):
        call = text.split('(')[0]
        if call == 'openat' and moment == 'end':
            found = re.search(r'= (\d+)<([^>]*)>$', plain(text))
            if found:
                self.dsync.discard(int(found.group(1)))
                if 'O_DSYNC' in text or 'O_SYNC' in text:
                    self.dsync.add(int(found.group(1)))
            return
        fd, name = self.file(text)
        if name is None:
            return
        if call in ('write', 'pwrite64', 'pwritev', 'writev', 'ftruncate'):
            self.seen[name] = self.seen.get(name, 0) + 1
            self.writes += moment == 'end'
            if fd in self.dsync:
                # On the disk when it returns.
                self.dirty[name] = self.dirty.get(name, 0)
                self.syncs += moment == 'end'
            else:
                self.dirty[name] = 1
        elif call in ('fsync', 'fdatasync'):
            if moment == 'begin':
                # What is written from here on, this sync may miss.
                self.dirty[name] = -abs(self.dirty.get(name, 0))
            elif self.dirty.get(name, 0) <= 0 and text.endswith('= 0'):
                self.dirty[name] = 0
                self.syncs += 1

    def unsynced(self):
        return [name for name, dirty in self.dirty.items() if dirty != 0]


def check_directory(where, seen):
    """What is wrong, and how many acks were looked at."""
    state, faults, acks = Directory(where), [], {}
    for moment, text in seen:
        line = plain(text)
        if re.match(r'write\(9\D', line) and 'ack ' in line:
            if moment == 'end':
                continue
            what = re.search(r'ack (\w+)', line).group(1)
            acks[what] = acks.get(what, 0) + 1
            if state.unsynced():
                faults.append(f'ack {what} {acks[what]}: not synced: '
                              f'{state.unsynced()}')
            if state.writes == 0 or state.syncs == 0:
                faults.append(f'ack {what} {acks[what]}: {state.writes} writes,'
                              f' {state.syncs} syncs before it')
            state.writes = state.syncs = 0
        else:
            state.see(moment, text)
    return faults, acks, state.seen


def check_database(seen):
    sent = ready = last = 0
    faults, acks = [], {}
    for moment, text in seen:
        call = text.split('(')[0]
        if call == 'sendto' and moment == 'begin':
            sent += unescape(text).count(SYNC)
        elif call in ('recvfrom', 'read') and moment == 'end':
            ready += unescape(text).count(READY)
        line = plain(text)
        if call == 'write' and moment == 'begin' and 'ack ' in line:
            what = re.search(r'ack (\w+)', line).group(1)
            acks[what] = acks.get(what, 0) + 1
            # The first answer is to the connection itself.
            if ready - 1 < sent or sent == last:
                faults.append(f'ack {what} {acks[what]}: {sent - last} sent, '
                              f'{ready - 1} of {sent} answered')
            last = sent
    return faults, acks


def enough(acks):
    return [] if acks == {'roots': N, 'changing': N, 'accept': N} else [
        f'acks: {acks}']


def run(where, folder):
    subprocess.run([ack_program, '--create', where], check=True)
    # Descriptor 9, so that strace shows it apart from everything else.
    out = os.open(f'{folder}/acks', os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(out, 9)
    os.set_inheritable(9, True)
    return trace(where, folder)


def main():
    if subprocess.run(['strace', '-o', '/dev/null', 'true'],
                      stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL).returncode != 0:
        skip('system calls', 'strace cannot trace here')
        return
    with tempfile.TemporaryDirectory(prefix='soter.') as folder:
        where = os.path.realpath(folder) + '/store'
        status, seen = run(where, folder)
        faults, acks, files = check_directory(where, seen)
        row('a directory: it worked', *([] if status == 0 else
                                        [f'status {status}']), *enough(acks))
        row('a directory: everything was synced before each done', *faults)
        wanted = {'roots.lmdb', 'store.sqlite-wal'}
        row('a directory: both files were looked at',
            *([] if wanted <= set(files) else [str(files)]))
    if not pg.is_there():
        skip('a database', 'PostgreSQL is not installed')
        return
    with pg.Server() as server, \
            tempfile.TemporaryDirectory(prefix='soter.') as folder:
        status, seen = run(server.database('one'), folder)
        faults, acks = check_database(seen)
        row('a database: it worked', *([] if status == 0 else
                                       [f'status {status}']), *enough(acks))
        row('a database: each commit was answered before its done', *faults)


main()
print(f'1..{rows}')
sys.exit(1 if failed else 0)
