# SPDX-License-Identifier: BSD-3-Clause
"""teehost.py -- a soter-teed in a folder, for tests; tools/tee_host.sh is the
same in shell."""
import os
import shutil
import subprocess
import time

TAS = {'cc0b2bae-3923-49ff-aafb-2e353ffef804': 'soter',
       '6d209395-ab63-400e-982b-abdf62b483b2': 'biometric'}
CONF = os.path.join(os.path.dirname(__file__), '../src/ta/ta.conf')


def packaged():
    """What GP names of the .conf that is installed: the limits are tested."""
    with open(CONF) as conf:
        return [line.strip() for line in conf if line.startswith('gpd.')]


class Tee:
    """Start it with `with`.

    build   where soter-teed and the trusted applications were built
    roles   property to uid
    uid     as root: whom it becomes; group: who else may connect
    """

    def __init__(self, build, folder, roles=None, development=True,
                 uid=64101, group=None, options=()):
        self.folder = os.path.realpath(folder)
        self.socket = f'{self.folder}/socket'
        self.state = f'{self.folder}/state'
        self.process = None
        tas = f'{self.folder}/tas'
        os.makedirs(tas, mode=0o755, exist_ok=True)
        lines = packaged() + [f'{name} identity user:{role}'
                              for name, role in (roles or {}).items()]
        lines += ['soter.development bool true'] if development else []
        lines += ['soter.sensor string sim']
        for uuid, name in TAS.items():
            shutil.copy(f'{build}/src/ta/{name}/{uuid}.so', tas)
            with open(f'{tas}/{uuid}.conf', 'w') as conf:
                conf.write('\n'.join(lines) + '\n')
        self.command = [f'{build}/src/teehost/soter-teed', '--foreground', '--socket', self.socket,
                        '--state', self.state, '--tas', tas, *options]
        if os.getuid() == 0:
            self.command += ['--user', str(uid)]
        if group is not None:
            self.command += ['--group', str(group)]

    def __enter__(self):
        self.log = open(f'{self.folder}/log', 'ab')
        at = self.log.tell()
        self.process = subprocess.Popen(self.command, stderr=self.log,
                                        stdout=self.log,
                                        stdin=subprocess.DEVNULL)
        for _ in range(600):
            with open(self.log.name, 'rb') as log:
                log.seek(at)
                if b'ready at' in log.read():
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(self.log.name) as log:
            print('# ' + log.read().replace('\n', '\n# '))
        raise SystemExit('soter-teed did not start')

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def pids(self):
        """The manager and everything below it."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                for task in os.listdir(f'/proc/{pid}/task'):
                    with open(f'/proc/{pid}/task/{task}/children') as file:
                        todo += map(int, file.read().split())
            except FileNotFoundError:
                pass
        return found
