# SPDX-License-Identifier: BSD-3-Clause
"""lies.py -- clients that lie, stall and crowd, for tests of src/net and of the
servers on it."""
import math
import re
import resource
import ssl

import httpraw
from httpraw import Raw


def post(path):
    """A head that its fields follow."""
    return f'POST {path} HTTP/1.1\r\nHost: h\r\n'.encode()


def get(path):
    return f'GET {path} HTTP/1.1\r\nHost: h\r\n\r\n'.encode()


def hostile(path):
    """(what it is, the status it gets, what is sent): each ends its
    connection."""
    line = f'GET {path} HTTP/1.1'.encode()
    POST = post(path)
    return [
        ('Content-Length with Transfer-Encoding', 400,
         POST + b'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
        ('Transfer-Encoding with Content-Length', 400,
         POST + b'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n'),
        ('two Content-Lengths', 400,
         POST + b'Content-Length: 0\r\nContent-Length: 35\r\n\r\n'),
        ('Transfer-Encoding: xchunked', 501,
         POST + b'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'),
        ('Transfer-Encoding: chunked, identity', 501,
         POST + b'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'),
        ('Transfer-Encoding in two fields', 400,
         POST + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n'),
        ('a blank before the colon', 400,
         POST + b'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'),
        ('bare CR', 400, line + b'\r\nHost: h\rX: y\r\n\r\n'),
        ('bare LF', 400, line + b'\nHost: h\n\n'),
        ('bare LF at the end of the head', 400,
         line + b'\r\nHost: h\r\n\n'),
        ('a folded field', 400,
         line + b'\r\nHost: h\r\nA: b\r\n c\r\n\r\n'),
        ('an empty name', 400, line + b'\r\nHost: h\r\n: x\r\n\r\n'),
        ('NUL in a value', 400, line + b'\r\nHost: h\0\r\n\r\n'),
        ('two Hosts', 400, line + b'\r\nHost: h\r\nHost: i\r\n\r\n'),
        ('no Host', 400, line + b'\r\n\r\n'),
        ('HTTP/2.0', 505, b'GET /x HTTP/2.0\r\nHost: h\r\n\r\n'),
        ('the first words of HTTP/2', 505, b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        ('HTTP/0.9', 505, b'GET /x HTTP/0.9\r\n\r\n'),
        ('no version', 400, b'GET /x\r\n\r\n'),
        ('absolute form', 400, b'GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n'),
        ('authority form', 501, b'CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n'),
        ('a chunk size that overflows', 400,
         POST + b'Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n'),
        ('a chunk size that is negative', 400,
         POST + b'Transfer-Encoding: chunked\r\n\r\n-1\r\n'),
        ('a chunk extension without an end', 400,
         POST + b'Transfer-Encoding: chunked\r\n\r\n1;' + b'a' * 4000),
        ('a chunk without CR LF', 400,
         POST + b'Transfer-Encoding: chunked\r\n\r\n1\r\naXX0\r\n\r\n'),
        ('a trailer', 400,
         POST + b'Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n'),
        ('chunks without an end', 413, POST + b'Transfer-Encoding: chunked\r\n\r\n' +
         b'1\r\na\r\n' * 5000),
        ('64 KiB of one field', 431,
         line + b'\r\nHost: h\r\nA: ' + b'a' * 65536),
        ('64 KiB of fields', 431,
         line + b'\r\nHost: h\r\n' + b'A: b\r\n' * 11000),
        ('64 KiB of a target', 431, b'GET /' + b'a' * 65536),
        ('a body above the limit', 413, POST + b'Content-Length: 65537\r\n\r\n' +
         b'a' * 65537),
        ('an unknown Expect', 417,
         POST + b'Expect: 200-ok\r\nContent-Length: 1\r\n\r\n'),
        ('a method that we do not have', 501,
         b'DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n'),
        ('a TLS greeting in the clear', 400,
         b'\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'),
    ]


STEP_S = 0.05
LETTERS = b'a' * int(httpraw.PATIENCE / STEP_S)  # more than anybody takes


def drip(port, first, rest, tls=None, **where):
    """Send one byte of the rest now and then, until there are no more or the
    server has had enough; its answer, or None if it ended without a word."""
    with Raw(port, tls, **where) as c:
        if first:
            c.send(first)
        c.socket.settimeout(STEP_S)
        for byte in rest[:len(LETTERS)]:
            if not c.send(bytes([byte])):
                break
            try:
                if not c.more():
                    break
            except TimeoutError:
                pass
            if c.buffer:
                break
        c.socket.settimeout(httpraw.PATIENCE)
        return c.answer()


def client_hello():
    """The first bytes of a TLS client."""
    out = ssl.MemoryBIO()
    try:
        httpraw.client_context().wrap_bio(ssl.MemoryBIO(), out,
                                          server_hostname='h').do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


# ---------------------------------------------------------------------------
# Crowds

IDLE, SLOW = 2000, 50
# KiB that an idle connection may cost; the second over TLS.
IDLE_KIB = 2, 40


def open_files(n):
    """Let this process have n descriptors: how many it can have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        n = min(n, hard)
    if soft != resource.RLIM_INFINITY and soft < n:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, hard))
    return n


def memory_kib(pid, what='VmRSS'):
    with open(f'/proc/{pid}/status') as file:
        return int(re.search(rf'{what}:\s+(\d+)', file.read())[1])


def limit(name, file='src/net/limits.h'):
    """A named limit that is a product of numbers."""
    with open(file) as text:
        found = re.search(rf'#define {name}\s+(?:\\\n\s+)?\(?([\d *]+)',
                          text.read())
    return math.prod(int(n) for n in found[1].split('*'))
