# SPDX-License-Identifier: BSD-3-Clause
"""pg.py -- a PostgreSQL server of a test's own: in a temporary folder, as a user
without rights, reached by a Unix socket in that folder alone, with fsync.
tests/pg.h is the same in C.

    if pg.is_there():
        with pg.Server() as server:
            url = server.database('one')
"""
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

BIN = '/usr/lib/postgresql/15/bin'
TRIES, PAUSE_S = 3000, 0.02  # the machine may be busy
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def is_there():
    return os.access(f'{BIN}/postgres', os.X_OK)


def children(pid):
    try:
        with open(f'/proc/{pid}/task/{pid}/children') as file:
            return [int(p) for p in file.read().split()]
    except OSError:
        return []


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


class Server:
    def __init__(self):
        self.process, self.user = None, None
        if os.getuid() == 0:
            names = [p.pw_name for p in pwd.getpwall()]
            self.user = 'postgres' if 'postgres' in names else 'nobody'
        self.folder = tempfile.mkdtemp(prefix='soter.')
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        self.run(f'{BIN}/initdb', '-D', f'{self.folder}/data', '-U', 'soter',
                 '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync')

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *ignored):
        self.freeze(False)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- programs ----------------------------------------------------------

    def options(self):
        more = {} if self.user is None else {
            'user': self.user, 'group': pwd.getpwnam(self.user).pw_gid,
            'extra_groups': []}
        return dict(more, cwd=self.folder, stdin=subprocess.DEVNULL,
                    env=dict(os.environ, LC_ALL='C'))

    def run(self, *command):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, **self.options())
        if done.returncode != 0:
            raise SystemExit(f'pg: {command[0]}: {done.stdout}')
        return done.stdout

    def sql(self, name, text):
        """What it answers, a line a row, columns divided by |."""
        return self.run(f'{BIN}/psql', '-X', '-q', '-A', '-t', '-v',
                        'ON_ERROR_STOP=1', '-h', self.folder, '-U', 'soter',
                        '-c', text, name).splitlines()

    def database(self, name):
        """Its URL."""
        self.sql('postgres', f'CREATE DATABASE {name}')
        return f'postgresql://soter@/{name}?host={self.folder}'

    # ---- its life ----------------------------------------------------------

    def start(self):
        """After a SIGKILL it also makes good what it had not written."""
        with open(f'{self.folder}/log', 'ab') as log:
            self.process = subprocess.Popen(
                [f'{BIN}/postgres', '-D', f'{self.folder}/data', '-k',
                 self.folder, '-h', '', '-c', 'max_connections=100', '-c',
                 'shared_buffers=32MB', '-c', 'fsync=on', '-c',
                 'recovery_init_sync_method=syncfs'],
                stdout=log, stderr=log,
                # The server dies with the test.
                preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG,
                                              signal.SIGQUIT),
                **self.options())
        for _ in range(TRIES):
            if self.is_ready():
                return
            if self.process.poll() is not None:
                break
            time.sleep(PAUSE_S)
        with open(f'{self.folder}/log') as log:
            raise SystemExit('pg: it does not start: ' + log.read()[-2000:])

    def is_ready(self):
        return subprocess.run([f'{BIN}/pg_isready', '-q', '-h', self.folder],
                              **self.options()).returncode == 0

    def stop(self, how=signal.SIGINT):
        """As an administrator does: connections are cut, nothing is lost."""
        if self.process is None:
            return
        below = children(self.process.pid)
        self.process.send_signal(how)
        self.process.wait()
        self.process = None
        # They go when they see that it has gone; until then none can start.
        for _ in range(TRIES):
            if not any(map(is_alive, below)):
                return
            time.sleep(PAUSE_S)

    def kill(self):
        self.stop(signal.SIGKILL)

    def freeze(self, is_frozen):
        """Let it stand still, or go on."""
        if self.process is None:
            return
        how = signal.SIGSTOP if is_frozen else signal.SIGCONT
        pids = [self.process.pid]
        os.kill(self.process.pid, how)  # no more children from here on
        pids += children(self.process.pid)
        for pid in pids:
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass

    def backends(self):
        """Processes that serve a connection."""
        return [int(line) for line in self.sql(
            'postgres', "SELECT pid FROM pg_stat_activity WHERE "
            "backend_type = 'client backend' AND pid <> pg_backend_pid()")]
