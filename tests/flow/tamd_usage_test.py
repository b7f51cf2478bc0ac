#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tamd_usage_test.py BUILD -- what soter-tamd says of itself.

Goal: --help, the man pages and the tables in the program say the same; what is
wrong with a command line or a configuration file is said with its line, with
status 2, before anything is made.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

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


def read(path):
    with open(path) as file:
        return file.read()


def run(*words):
    return subprocess.run([f'{build}/src/tam/soter-tamd', *words], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120,
                          env=dict(os.environ, HOME=folder,
                                   STATE_DIRECTORY=f'{folder}/state'))


def refused(what, done, text):
    lines = done.stderr.splitlines()
    row(what, differs(done.returncode, 2), differs(done.stdout, ''),
        None if text in done.stderr else f'{lines} lacks {text!r}',
        None if done.stderr.startswith('soter-tamd: ') or
        ': unrecognized option' in done.stderr or
        ': option' in done.stderr else lines,
        differs(os.path.exists(f'{folder}/state'), False))


# ---- options --------------------------------------------------------------

def options():
    done = run('--help')
    help_options = set(re.findall(r'(--[a-z]+)', done.stdout))
    page = read('packaging/man/soter-tamd.8.scd')
    page_options = set(re.findall(r'^\*?.*?\*(--[a-z]+)\*', page, re.M)) | \
        set(re.findall(r'\*(--[a-z]+)\*', page))
    table = {'--' + name for name in re.findall(
        r'\{ "(\w+)", \w+_argument, NULL, \w+ \}', read('src/tam/setup.c'))}
    row('--help shows the options of the table', differs(help_options, table),
        differs(done.returncode, 0))
    row('soter-tamd(8) has them, and no others', differs(page_options, table))
    done = run('--version')
    row('--version', differs(done.returncode, 0),
        None if re.fullmatch(r'soter-tamd \d+\.\d+\.\d+\n', done.stdout)
        else done.stdout)
    for words, text in (('--nope', 'nope'), ('--store', 'argument'),
                        ('word', 'not an option'),
                        ('--public none --intake none', 'nothing to do'),
                        ('--config ' + folder + '/nowhere', 'nowhere: ')):
        refused(f'soter-tamd {words.split("/")[0]}: 2',
                run(*words.split(' ')), text)


# ---- the configuration file -----------------------------------------------

def conf_names():
    """Each name of the table, and what it is otherwise."""
    text = read('src/tam/setup.c')
    role = re.search(r'#define ROLE\(.*?\n((?:.*\\\n)*.*)\n', text).group(0)
    parts = re.findall(r'name "(\.\w+)"', role)
    names = dict(re.findall(r'^\tTEXT\("([\w.]+)", \w+, "([^"]*)"\)', text,
                            re.M))
    names.update(re.findall(r'^\t\{ "([\w.]+)", \w+, [^,]*, "([^"]*)"', text,
                            re.M))
    for name, at, admin_at in re.findall(
            r'^\tROLE\("(\w+)", \w+, "([^"]*)", "([^"]*)"\)', text, re.M):
        for part in parts:
            names[name + part] = ''
        names.update({name + '.listen': at, name + '.admin': admin_at})
    return names


def page_names(page):
    return set(re.findall(r'\*([a-z_]+(?:\.[a-z_]+)?)\*', ' '.join(
        re.findall(r'^(\*[a-z_.*, ]+?),?$', page, re.M))))


def value_of(name):
    limits = read('src/tam/setup.h').split('struct setup_limits {')[1]
    if name.split('.')[-1] in re.findall(r'\w+', limits.split('}')[0]):
        return '1'
    return {'level': 'debug', 'plain': 'no', 'loops': '1', 'listen': 'none',
            'admin': 'none'}.get(name.split('.')[-1], '/x')


def config(text):
    with open(f'{folder}/conf', 'w') as file:
        file.write(text)
    return run('--config', f'{folder}/conf')


def as_line(name, value):
    *section, last = name.split('.')
    return ''.join(f'[{s}]\n' for s in section) + f'{last} = {value}\n'


def ends_at(text):
    """A file whose last line alone is wrong: everything before was taken."""
    return config(text + 'no such line\n'), text.count('\n') + 1


def names():
    known = conf_names()
    page = read('packaging/man/soter-tamd.conf.5.scd')
    row('the table of setup.c was found',
        differs({'store', 'log.level', 'public.loops', 'intake.client_ca'} -
                set(known), set()))
    row('soter-tamd.conf(5) has the names of the table, and no others',
        differs(page_names(page), set(known)))
    row('what they are otherwise stands there', *[
        f'{name}: {value}' for name, value in known.items()
        if value and value not in page])
    for name in sorted(known):
        done, line = ends_at(as_line(name, value_of(name)))
        refused(f'{name} is taken', done, f'conf:{line}: not of the form')
    for page in 'soter-tamd.conf.5', 'soter-tamd.8':
        for block in re.findall(r'```\n(.*?)```',
                                read(f'packaging/man/{page}.scd'), re.S):
            if not re.search(r'^\[(public|log)\]|^listen', block, re.M):
                continue
            done, line = ends_at(block)
            refused(f'the example of {page} is taken', done,
                    f'conf:{line}: not of the form')


def lies():
    for what, text, line, why in (
            ('a name that is none', 'stor = /x\n', 1, 'no setting stor'),
            ('a name in the wrong section', '[log]\nlisten = none\n', 2,
             'no setting log.listen'),
            ('a section that is none', '\n[pubic]\n', 2, 'no section [pubic]'),
            ('a name twice', 'store = /x\n# x\nstore = /y\n', 3,
             'stands in line 1'),
            ('no value', 'store =\n', 1, 'no value'),
            ('another level', '[log]\nlevel = loud\n', 2, 'one of debug'),
            ('neither yes nor no', '[public]\nplain = true\n', 2, 'yes or no'),
            ('too many loops', '[public]\nloops = 65\n', 2, 'from 0 to 64'),
            ('too much patience', '[public]\nheader_ms = 3600001\n', 2,
             'from 0 to 3600000'),
            ('no number', '[intake]\nloops = two\n', 2, 'a number'),
            ('a control character', 'store = /x\x01\n', 1, 'control'),
            ('a line that is too long', 'store = /' + 'x' * 2000 + '\n', 1,
             'at most')):
        refused(f'{what}: line {line}', config(text), f'conf:{line}: ')
        row('... and why', None if why in config(text).stderr
            else config(text).stderr)
    for what, text, why in (
            ('a certificate without its key',
             '[public]\ncertificate = /x\n', 'public: certificate and key'),
            ('a key without its certificate', '[intake]\nkey = /x\n',
             'intake: certificate and key'),
            ('plain, with clients that need certificates',
             '[intake]\nplain = yes\nclient_ca = /x\n', 'plain = yes'),
            ('nothing to do', '[public]\nlisten = none\n[intake]\n'
             'listen = none\n', 'nothing to do')):
        refused(what, config(text), why)


# ---------------------------------------------------------------------------

build = sys.argv[1]
folder = tempfile.mkdtemp(prefix='soter.')
try:
    options()
    names()
    lies()
finally:
    shutil.rmtree(folder, ignore_errors=True)
print(f'1..{rows}')
sys.exit(failed > 0)
