#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tpmcut.py SOCKET PLAN -- pass TPM commands on, and break off as planned.

tss2 starts this by its "cmd:" transport, once per connection.  The file PLAN
holds "before N" or "after N": command N (from 1) does not reach the TPM, or
reaches it and its answer is lost.  Without the file everything passes.
"""
import os
import socket
import sys


def message(read):
    """One command or answer: tag, length of all, code, the rest."""
    head = b''
    while len(head) < 10:
        part = read(10 - len(head))
        if not part:
            sys.exit(0)
        head += part
    text = head
    size = int.from_bytes(head[2:6], 'big')
    while len(text) < size:
        part = read(size - len(text))
        if not part:
            sys.exit(1)
        text += part
    return text


when, number = '', 0
if os.path.exists(sys.argv[2]):
    with open(sys.argv[2], encoding='ascii') as plan:
        when, number = plan.read().split()
tpm = socket.socket(socket.AF_UNIX)
tpm.connect(sys.argv[1])
count = 0
while True:
    command = message(lambda n: os.read(0, n))
    count += 1
    if when == 'before' and count == int(number):
        sys.exit(0)
    tpm.sendall(command)
    answer = message(tpm.recv)
    if when == 'after' and count == int(number):
        sys.exit(0)
    os.write(1, answer)
