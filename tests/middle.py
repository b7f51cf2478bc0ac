#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""middle.py PORT PORT-FILE PATH -- a man between an app and its server on PORT:
he changes the public key in what goes to PATH, and writes his own port to the
file.  For the demo; tests use devrig.Middle."""
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from devrig import END_POINTS, Middle, other_key_inside  # noqa: E402


def change(path, body):
    if path == sys.argv[3]:
        name = END_POINTS[path][0]
        body[name] = other_key_inside(body[name])


middle = Middle(int(sys.argv[1]))
middle.change = change
with open(sys.argv[2] + '.new', 'w') as file:
    file.write(middle.url().rsplit(':', 1)[1] + '\n')
os.rename(sys.argv[2] + '.new', sys.argv[2])
with middle:
    middle.thread.join()
