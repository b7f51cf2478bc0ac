#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""asker.py CONF KIND APPID SECRET [ARGUMENT...] -- asks the soter-tamd of a
tests/tamrig.py configuration, as a backend or a factory does; for the demo.

    verify BLOB [SIGNER]  is this ASK genuine?  SIGNER: an export whose
                          signature is sent instead
    chain FILE            the same for a certificate chain
    intake DEVICE_ID PEM  bring a root

Prints what was asked and what was answered."""
import base64
import json
import sys

sys.path.insert(0, 'tests')
from tamrig import Tam  # noqa: E402


def export(path):
    """Text and signature of an export blob."""
    with open(path, 'rb') as file:
        blob = file.read()
    n = int.from_bytes(blob[:4], 'little')
    return blob[4:4 + n].decode(), base64.b64encode(blob[4 + n:]).decode()


def read(path):
    with open(path, 'rb') as file:
        return file.read().decode()


conf, kind, appid, secret, *rest = sys.argv[1:]
tam = Tam.running(conf)
token = tam.token(appid, secret, 'intake' if kind == 'intake' else 'public')
if kind == 'intake':
    print(f'POST /intake/roots  {rest[0]}')
    answer = tam.intake(token, [{'device_id': rest[0],
                                 'attk_pub_pem': read(rest[1])}])
else:
    text, signature = (read(rest[0]), '') if kind == 'chain' else \
        export(rest[0])
    if kind == 'verify' and len(rest) > 1:
        signature = export(rest[1])[1]
    print('POST /cgi-bin/soter_3rdapp/verify_ask  '
          + (json.loads(text, strict=False).get('cpu_id')
             if kind == 'verify' else 'a certificate chain'))
    answer = tam.verify(token, text, signature, explain=True)
print(f'{answer.status} {answer.body.decode().strip()}')
