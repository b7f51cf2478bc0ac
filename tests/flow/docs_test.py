#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""docs_test.py SOTER -- what README and docs say is so.

Each `$ command` in an indented or fenced block runs, in the order of the page,
with a /tmp/ of the page's own; the lines below it must stand in its output, in
that order ("..." stands for anything).  Each link leads to a file, and to a
heading that exists.
docs/errors.md is what the command prints.  Limits that stand in a table with their
names are those of the sources.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

soter = os.path.abspath(sys.argv[1])
pages = [p for p in [Path('README.md'), Path('README.zh-CN.md'),
                     *sorted(Path('docs').rglob('*.md')),
                     *sorted(Path('tests').rglob('*.md'))] if p.exists()]
rows = failed = 0


def row(what, faults):
    global rows, failed
    rows += 1
    for fault in faults[:20]:
        print('# ' + fault)
    failed += bool(faults)
    print(f'{"not " if faults else ""}ok {rows} - {what}')


def blocks(text):
    """The verbatim blocks of a page, each a list of lines."""
    block, fenced = [], False
    for line in text.split('\n') + ['']:
        if line.startswith('```'):
            fenced = not fenced
        if fenced or line.startswith('    '):
            if not line.startswith('```'):
                block.append(line[0 if fenced else 4:])
        elif block and (line.strip() or fenced):
            yield block
            block = []
        elif block:
            block.append('')
    if block:
        yield block


def commands(block):
    """Pairs of a command and the output lines below it."""
    pairs, continued = [], False
    for line in block:
        if line.startswith('$ '):
            pairs.append([line[2:], []])
        elif continued:
            pairs[-1][0] += '\n' + line
        elif pairs and line.strip():
            pairs[-1][1].append(line.strip())
        continued = bool(pairs) and line.endswith('\\')
    return pairs


def misses(wanted, output):
    """Those lines that do not stand in the output in this order."""
    lines, at = [line.strip() for line in output.split('\n')], 0
    for want in wanted:
        pattern = '.*'.join(re.escape(x) for x in want.split('...'))
        while at < len(lines) and not re.fullmatch(pattern, lines[at]):
            at += 1
        if at == len(lines):
            yield want
        at += 1


def run_page(page, folder):
    """Run every command of a page; each gets the working folder of the last."""
    env = dict(os.environ, PATH=f'{os.path.dirname(soter)}:{os.environ["PATH"]}')
    cwd = os.getcwd()
    for block in blocks(page.read_text(encoding='utf-8')):
        for command, wanted in commands(block):
            script = command.replace('/tmp/', folder + '/')
            done = subprocess.run(
                ['bash', '-c', f'{script}\nstatus=$?; pwd >{folder}/cwd; exit $status'],
                cwd=cwd, env=env, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=120, check=False)
            cwd = Path(folder, 'cwd').read_text().strip()
            output = done.stdout.decode('utf-8', 'replace')
            faults = [f'not in its output: {x}' for x in misses(wanted, output)]
            if not wanted and done.returncode:
                faults.append(f'status {done.returncode}')
            if faults:
                faults += ['it said: ' + x for x in output.split('\n')[:12]]
            row(f'{page}: {command.splitlines()[0][:90]}', faults)


def anchors(text):
    """The anchors that a page offers: its headings, and <a id="...">."""
    for heading in re.findall(r'^#+ (.*)$', text, re.M):
        plain = re.sub(r'[`*]', '', heading).strip().lower()
        yield re.sub(r'[^\w\- ]', '', plain).replace(' ', '-')
    yield from re.findall(r'<a (?:id|name)="([^"]+)"', text)


def check_links(page):
    text = page.read_text(encoding='utf-8')
    faults = []
    for target in re.findall(r'\]\(([^)\s]+)\)', text):
        name, _, anchor = target.partition('#')
        path = page if not name else page.parent / name
        if '://' in target or target.startswith('mailto:'):
            continue
        if not path.exists():
            faults.append(f'{target}: no such file')
        elif anchor and anchor not in anchors(path.read_text(encoding='utf-8')):
            faults.append(f'{target}: no such heading')
    row(f'{page}: links', faults)


def defines():
    """Each number that a #define in the sources stands for."""
    found = {}
    for path in sorted(Path('src').rglob('*.[ch]')):
        for name, text in re.findall(r'^#define\s+(\w+)[ \t]+([^\n]*)',
                                     path.read_text(), re.M):
            text = re.sub(r'/\*.*|\(size_t\)', '', text).strip()
            if re.fullmatch(r'[0-9()* ]+', text):
                found[name] = eval(text)  # digits, parentheses and * alone
    return found


def check_limits(page, known):
    """Tables with the head | name | what | limit |"""
    tables = re.findall(r'^\| name \| what \| limit \|\n((?:\|.*\n)+)',
                        page.read_text(encoding='utf-8'), re.M)
    limits = re.findall(r'^\| `(\w+)` \|.*\| ([0-9,]+) \|$', ''.join(tables),
                        re.M)
    if limits:
        row(f'{page}: its limits are those of the sources', [
            f'{name}: {known.get(name)}, not {number}'
            for name, number in limits
            if known.get(name) != int(number.replace(',', ''))])


def check_errors():
    want = subprocess.run([soter, 'errors', '--markdown'], check=True,
                          stdout=subprocess.PIPE).stdout
    page = Path('docs/errors.md')
    same = page.exists() and page.read_bytes() == want
    row('docs/errors.md is what `soter errors --markdown` prints',
        [] if same else ['run: soter errors --markdown >docs/errors.md'])


numbers = defines()
for p in pages:
    check_links(p)
    check_limits(p, numbers)
    with tempfile.TemporaryDirectory() as scratch:
        run_page(p, scratch)
check_errors()
print(f'1..{rows}')
sys.exit(failed > 0)
