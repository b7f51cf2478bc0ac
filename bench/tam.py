#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench/tam.py BUILD [OPTION...] -- what one core of a TAM carries.

One run, side by side: bare HTTP and HTTPS (tests/echo), verify_ask on the
embedded store with few and many devices, verify_ask on PostgreSQL, roots taken
in from a file, and what OpenSSL alone does on that core.  Server and load have
a core each; each figure is the median of several runs.  "share" is of what
OpenSSL verifies a second: once by answers that came, once by the time that the
server ran, which other work on the machine disturbs less.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, 'tests')
from tamrig import Tam  # noqa: E402

SERVER, LOAD = '0', '1'


def say(*what):
    print(*what)
    sys.stdout.flush()


def openssl(seconds):
    """Verifications a second of one core."""
    out = subprocess.run(['taskset', '-c', SERVER, 'openssl', 'speed',
                          '-seconds', str(seconds), 'rsa2048'], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         text=True).stdout
    return float(re.search(r'rsa 2048 bits\s+\S+\s+\S+\s+\S+\s+(\S+)',
                           out).group(1))


def cpu(pid):
    """Seconds that a process has run so far, all its threads together."""
    spent = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/schedstat') as file:
            spent += int(file.read().split()[0])
    return spent / 1e9


class Fleet:
    def __init__(self, build, folder):
        self.program = f'{build}/src/fleet/soter-fleet'
        self.folder = folder
        self.keys = f'{folder}/keys'

    def make(self, n, keys):
        file = f'{self.folder}/devices-{n}'
        if not os.path.exists(file):
            subprocess.run([self.program, 'make', '--devices', str(n),
                            '--keys', str(keys), '--keys-file', self.keys,
                            '--out', file], check=True)
        return file

    def run(self, url, mix, *more):
        out = subprocess.run([self.program, 'run', '--url', url, '--insecure',
                              '--cpu', LOAD, '--mix', mix, '--json',
                              *map(str, more)], stdout=subprocess.PIPE,
                             check=True).stdout
        books = json.loads(out)
        if books['accepted'] != books['answered'] or books['lost'] > 0:
            raise SystemExit(f'not all went as it should: {books}')
        return books


def load(fleet, pid, url, mix, *more):
    """One row: answers a second at most, the processor's time that the server
    needs for each, and how long half of that load waits."""
    more = ['--seconds', args.seconds, '--connections', args.connections,
            *more]
    runs, spent = [], []
    for _ in range(args.runs):
        before = cpu(pid)
        runs.append(fleet.run(url, mix, '--max', *more))
        spent.append((cpu(pid) - before) * 1e6 / runs[-1]['answered'])
    most = median(runs, 'answers_per_s')
    half = [fleet.run(url, mix, '--rate', max(1, int(most / 2)), *more)
            for _ in range(args.runs)]
    return {'per_s': most, 'cpu_us': statistics.median(spent),
            'p50_ms': statistics.median(r['latency_ms']['p50'] for r in half),
            'p99_ms': statistics.median(r['latency_ms']['p99'] for r in half),
            'load_cpu': median(runs, 'cpu_share')}


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def show(what, row):
    row = dict(row, what=what, of_openssl=row['per_s'] / bare,
               of_openssl_by_cpu=1e6 / row['cpu_us'] / bare)
    say(f'{what:38} {row["per_s"]:8.0f} {row["of_openssl"]:6.2f}'
        f' {row["cpu_us"]:7.1f} {row["of_openssl_by_cpu"]:6.2f}'
        f' {row["p50_ms"]:7.2f} {row["p99_ms"]:7.2f} {row["load_cpu"]:6.2f}')
    results.append(row)
    return row


class Echo:
    def __init__(self, folder):
        conf = f'{folder}/echo.conf'
        with open(conf, 'w') as file:
            file.write('http = 127.0.0.1:0\nhttps = 127.0.0.1:0\nloops = 1\n'
                       'level = error\n')
        self.process = subprocess.Popen(
            ['taskset', '-c', SERVER, f'{args.build}/tests/echo', conf],
            stdout=subprocess.PIPE, text=True)
        _, self.http, self.https, *_ = self.process.stdout.readline().split()

    def end(self):
        self.process.terminate()
        self.process.wait()


class Server(Tam):
    """With one loop on one core, over HTTP or HTTPS."""

    def start(self):
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {int(SERVER)})
        try:
            super().start()
        finally:
            os.sched_setaffinity(0, before)


def quiet(folder, where, plain):
    tam = Server(args.build, folder, where, plain=plain)
    with open(tam.conf) as file:
        text = file.read()
    with open(tam.conf, 'w') as file:
        file.write(text.replace('level = debug', 'level = info'))
    return tam


def take_in(tam, fleet, devices, n):
    """Roots a second, and bytes on disk for each device."""
    lines = subprocess.Popen([fleet.program, 'lines', '--fleet', devices],
                             stdout=subprocess.PIPE)
    began = time.monotonic()
    subprocess.run([f'{args.build}/src/cli/soter', 'tam', 'device', 'import',
                    '-', '--class', 'test', '--store', tam.where], check=True,
                   stdin=lines.stdout, stdout=subprocess.DEVNULL)
    lines.stdout.close()
    lines.wait()
    took = time.monotonic() - began
    return n / took


def disk(where):
    return sum(e.stat().st_blocks * 512 for e in os.scandir(where))


def ask(tam, fleet, devices, secret, what):
    """verify_ask of a running server, about devices of the fleet."""
    pid = next(p for p in tam.pids() if is_public(p))
    scheme = 'http' if tam.plain else 'https'
    return show(f'{what}, {scheme.upper()}',
                load(fleet, pid, f'{scheme}://127.0.0.1:{tam.ports["public"]}',
                     'verify', '--fleet', devices, '--token',
                     tam.token('bench', secret)))


def is_public(pid):
    with open(f'/proc/{pid}/comm') as file:
        return file.read() == 'tamd-public\n'


def tenant(tam):
    return tam.tenant('bench', 'test', '--rate', '1000000')


def embedded(fleet, n):
    folder = f'{args.work}/embedded-{n}'
    where = f'{folder}/store'
    devices = fleet.make(n, args.keys)
    tam = quiet(folder, where, True)
    if not os.path.exists(where):
        assert tam.verb('init')[0] == 0
        rate = take_in(tam, fleet, devices, n)
        size = disk(where)
        say(f'{f"roots taken in, {n} devices":38} {rate:8.0f}'
            f'   {size / n:.0f} bytes on disk for each')
        results.append({'what': 'intake', 'devices': n, 'per_s': rate,
                        'bytes_per_device': size / n})
    with tam:
        secret = tam.verb('tenant', 'secret', 'bench')[1].get('secret') or \
            tenant(tam)
        row = ask(tam, fleet, devices, secret, f'verify_ask, {n} devices')
    with quiet(folder, where, False) as tam:
        ask(tam, fleet, devices, secret, f'verify_ask, {n} devices')
    return row


def postgresql(fleet, n):
    import pg
    devices = fleet.make(n, args.keys)
    with pg.Server() as server:
        tam = quiet(f'{args.work}/pg', server.database('bench'), True)
        assert tam.verb('init')[0] == 0
        rate = take_in(tam, fleet, devices, n)
        size = int(server.sql('bench', "SELECT pg_database_size('bench')")[0])
        say(f'{f"roots taken in, {n}, PostgreSQL":38} {rate:8.0f}'
            f'   {size / n:.0f} bytes on disk for each')
        results.append({'what': 'intake pg', 'devices': n, 'per_s': rate,
                        'bytes_per_device': size / n})
        with tam:
            ask(tam, fleet, devices, tenant(tam),
                f'verify_ask, {n}, PostgreSQL')


def bare_echo(fleet):
    echo = Echo(args.work)
    for scheme, port in ('http', echo.http), ('https', echo.https):
        show(f'bare {scheme.upper()}',
             load(fleet, echo.process.pid, f'{scheme}://127.0.0.1:{port}',
                  'echo', '--echo-path', '/echo'))
    echo.end()


def main():
    global bare
    fleet = Fleet(args.build, args.work)
    bare = statistics.median(openssl(args.seconds) for _ in range(args.runs))
    say(f'{"one core for the server":38} {"per s":>8} {"share":>6}'
        f' {"cpu us":>7} {"share":>6} {"p50 ms":>7} {"p99 ms":>7}'
        f' {"load":>6}')
    say(f'{"openssl speed rsa2048, verify":38} {bare:8.0f} {1:6.2f}'
        f' {1e6 / bare:7.1f} {1:6.2f}')
    results.append({'what': 'openssl', 'per_s': bare})
    bare_echo(fleet)
    rows = [embedded(fleet, n) for n in args.devices]
    if len(rows) > 1:
        say(f'cost of one of {args.devices[-1]} devices, in that of one of '
            f'{args.devices[0]}: '
            f'{rows[-1]["cpu_us"] / rows[0]["cpu_us"]:.2f} by cpu, '
            f'{rows[0]["per_s"] / rows[-1]["per_s"]:.2f} by rate')
    if args.pg:
        postgresql(fleet, args.pg)
    if args.json:
        with open(args.json, 'w') as file:
            json.dump(results, file, indent=1)


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.
                                 RawDescriptionHelpFormatter)
parser.add_argument('build')
parser.add_argument('--devices', type=int, nargs='*', default=[100000],
                    help='how many, one after the other (100000)')
parser.add_argument('--pg', type=int, default=0, metavar='N',
                    help='also PostgreSQL, with so many devices')
parser.add_argument('--keys', type=int, default=100,
                    help='of them with a real key (100)')
parser.add_argument('--runs', type=int, default=3)
parser.add_argument('--seconds', type=int, default=3, help='of each run')
parser.add_argument('--connections', type=int, default=32)
parser.add_argument('--work', help='keep devices and stores there')
parser.add_argument('--json', metavar='FILE', help='write the figures there')
args = parser.parse_args()
bare, results = 0.0, []
temporary = None
if args.work is None:
    args.work = temporary = tempfile.mkdtemp(prefix='soter-bench-')
os.makedirs(args.work, exist_ok=True)
try:
    main()
finally:
    if temporary:
        shutil.rmtree(temporary, ignore_errors=True)
