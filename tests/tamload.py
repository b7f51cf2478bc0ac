# SPDX-License-Identifier: BSD-3-Clause
"""tamload.py -- roots and ASKs for tests of the TAM: as many roots as one likes,
and a phone of the vectors whose ASK is genuine."""
import base64
import hashlib
import json
import math

VECTORS = 'tests/vectors'
MODULUS_BITS = 2048


def primes(below):
    sieve = bytearray([1]) * below
    for p in range(2, math.isqrt(below) + 1):
        if sieve[p]:
            sieve[p * p::p] = bytes(len(range(p * p, below, p)))
    return [p for p in range(2, below) if sieve[p]]


SMALL = math.prod(primes(752))  # what crypto/policy.h looks for


def to_text(n):
    return base64.b64encode(n.to_bytes(MODULUS_BITS // 8, 'big')).decode()


def modulus(chance):
    """One that the intake takes; nobody knows its factors."""
    while True:
        n = chance.getrandbits(MODULUS_BITS) | 1 << (MODULUS_BITS - 1) | 1
        if math.gcd(n, SMALL) == 1:
            return n


class Root:
    """A device's root as the factory brings it."""

    def __init__(self, chance, device_id=None):
        self.device_id = device_id or f'{chance.getrandbits(128):032x}'
        self.n = modulus(chance)

    def line(self):
        return {'device_id': self.device_id, 'attk_n': to_text(self.n),
                'batch': 'b-1', 'station': 's-1'}

    def bytes(self):
        return self.n.to_bytes(MODULUS_BITS // 8, 'big')

    def sha256(self):
        return hashlib.sha256(self.bytes()).hexdigest()


class Phone:
    """Device A of tests/vectors: its root, and an ASK under it."""

    def __init__(self):
        with open(f'{VECTORS}/classic-salt20/ask-10115.json') as file:
            self.ask = file.read()
        with open(f'{VECTORS}/classic-salt20/ask-10115.b64') as file:
            self.signature = file.read().strip()
        with open(f'{VECTORS}/keys/attk-a.pem') as file:
            self.pem = file.read()
        self.device_id = json.loads(self.ask)['cpu_id']

    def line(self):
        return {'device_id': self.device_id, 'attk_pub_pem': self.pem}

    def body(self, **more):
        return json.dumps(dict(ask_json=self.ask,
                               ask_json_signature=self.signature, **more))

    def foreign(self):
        """The same ASK, claimed to be of a device that nobody knows."""
        return json.dumps(dict(
            ask_json=self.ask.replace(self.device_id, 'f' * 32),
            ask_json_signature=self.signature))
