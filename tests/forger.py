#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""forger.py SOCKET UID KNAME -- asks soterd for somebody else's keys: every
message claims UID.  Prints what it was answered; for the demo."""
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from devmsg import App  # noqa: E402

WORDS = {0: 'ok', -5: 'ask_not_ready', -6: 'auth_key_not_ready',
         -71: 'access_denied'}

socket, uid, kname = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with App(socket, uid) as app:
    for call in ('hasAskAlready', 'hasAuthKey', 'getAuthKey', 'initSigh',
                 'removeAuthKey', 'forget'):
        code, _ = app.call(call, kname=kname, whose=uid)
        print(f'{call} as uid {uid}: {WORDS.get(code, code)}')
