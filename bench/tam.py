#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench/tam.py BUILD [OPTION...] -- what one core of a TAM carries.

One run, side by side: bare HTTP and HTTPS (tests/echo), verify_ask on the
embedded store with few and many devices, verify_ask on PostgreSQL, roots taken
in from a file, and what OpenSSL alone does on that core.  Server and load have
a core each; each figure is the median of several runs, and each is shown as a
share of OpenSSL's.
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


def load(fleet, url, mix, *more):
    """Answers a second at most, and the worst of 100 at half of that."""
    runs = [fleet.run(url, mix, '--max', '--seconds', args.seconds,
                      '--connections', args.connections, *more)
            for _ in range(args.runs)]
    most = statistics.median(r['answers_per_s'] for r in runs)
    half = [fleet.run(url, mix, '--rate', max(1, int(most / 2)), '--seconds',
                      args.seconds, '--connections', args.connections, *more)
            for _ in range(args.runs)]
    p99 = statistics.median(r['latency_ms']['p99'] for r in half)
    p50 = statistics.median(r['latency_ms']['p50'] for r in half)
    busy = statistics.median(r['cpu_share'] for r in runs)
    return most, p50, p99, busy


def show(what, figures):
    most, p50, p99, busy = figures
    say(f'{what:38} {most:9.0f} {most / bare:7.2f} {p50:9.2f} {p99:9.2f}'
        f' {busy:7.2f}')
    results.append({'what': what, 'per_s': most, 'of_openssl': most / bare,
                    'p50_ms': p50, 'p99_ms': p99, 'load_cpu': busy})


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


def embedded(fleet, n):
    folder = f'{args.work}/embedded-{n}'
    where = f'{folder}/store'
    devices = fleet.make(n, args.keys)
    tam = quiet(folder, where, True)
    is_new = not os.path.exists(where)
    if is_new:
        assert tam.verb('init')[0] == 0
        rate = take_in(tam, fleet, devices, n)
        size = sum(e.stat().st_blocks * 512 for e in os.scandir(where))
        say(f'{f"roots taken in, {n} devices":38} {rate:9.0f}'
            f'   {size / n:.0f} bytes on disk for each')
        results.append({'what': 'intake', 'devices': n, 'per_s': rate,
                        'bytes_per_device': size / n})
    with tam:
        secret = tam.verb('tenant', 'secret', 'bench')[1].get('secret') or \
            tam.tenant('bench', 'test', '--rate', '1000000')
        token = tam.token('bench', secret)
        more = ['--fleet', devices, '--token', token]
        figures = load(fleet, f'http://127.0.0.1:{tam.ports["public"]}',
                       'verify', *more)
        show(f'verify_ask, {n} devices, HTTP', figures)
    tam = quiet(folder, where, False)
    with tam:
        token = tam.token('bench', secret)
        show(f'verify_ask, {n} devices, HTTPS',
             load(fleet, f'https://127.0.0.1:{tam.ports["public"]}', 'verify',
                  '--fleet', devices, '--token', token))
    return figures[0]


def postgresql(fleet, n):
    import pg
    devices = fleet.make(n, args.keys)
    with pg.Server() as server:
        tam = quiet(f'{args.work}/pg', server.database('bench'), True)
        assert tam.verb('init')[0] == 0
        rate = take_in(tam, fleet, devices, n)
        say(f'{f"roots taken in, {n}, PostgreSQL":38} {rate:9.0f}')
        results.append({'what': 'intake pg', 'devices': n, 'per_s': rate})
        with tam:
            token = tam.token('bench', tam.tenant('bench', 'test', '--rate',
                                                  '1000000'))
            show(f'verify_ask, {n} devices, PostgreSQL',
                 load(fleet, f'http://127.0.0.1:{tam.ports["public"]}',
                      'verify', '--fleet', devices, '--token', token))


def main():
    global bare
    fleet = Fleet(args.build, args.work)
    bare = statistics.median(openssl(args.seconds) for _ in range(args.runs))
    say(f'{"one core for the server":38} {"per s":>9} {"share":>7}'
        f' {"p50 ms":>9} {"p99 ms":>9} {"load":>7}')
    say(f'{"openssl speed rsa2048, verify":38} {bare:9.0f} {1:7.2f}')
    echo = Echo(args.work)
    more = ['--echo-path', '/echo']
    show('bare HTTP', load(fleet, f'http://127.0.0.1:{echo.http}', 'echo',
                           *more))
    show('bare HTTPS', load(fleet, f'https://127.0.0.1:{echo.https}', 'echo',
                            *more))
    echo.end()
    speeds = [embedded(fleet, n) for n in args.devices]
    if len(speeds) > 1:
        say(f'cost of {args.devices[-1]} devices, in that of '
            f'{args.devices[0]}: {speeds[0] / speeds[-1]:.2f}')
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
