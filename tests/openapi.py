# SPDX-License-Identifier: BSD-3-Clause
"""openapi.py -- hold the answers of a server against an OpenAPI 3.0 document.

Knows the part of JSON Schema that our documents use, and stops at a keyword
that it does not know: a constraint that nobody checks is none.
"""
import json
import re

KNOWN = {'$ref', 'type', 'enum', 'oneOf', 'required', 'properties',
         'additionalProperties', 'pattern', 'minLength', 'maxLength',
         'minimum', 'maximum', 'description'}
TYPES = {'object': dict, 'string': str, 'integer': int, 'boolean': bool}
METHODS = 'get', 'post', 'put', 'delete', 'patch', 'options', 'head', 'trace'


class Document:
    def __init__(self, root):
        self.root = root

    @classmethod
    def read(cls, path):
        with open(path, encoding='utf-8') as file:
            return cls(json.load(file, object_pairs_hook=no_doubles))

    def resolve(self, node):
        """What a $ref stands for."""
        while '$ref' in node:
            if not node['$ref'].startswith('#/') or len(node) > 1:
                raise SystemExit(f'openapi: {node}')
            at = self.root
            for name in node['$ref'][2:].split('/'):
                if name not in at:
                    raise SystemExit(f'openapi: {node["$ref"]} is not there')
                at = at[name]
            node = at
        return node

    def operations(self):
        """(path, method, operation) of all."""
        for path, item in self.root['paths'].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    # ---- a value -----------------------------------------------------------

    def faults(self, schema, value, at='$'):
        """What is wrong with a value; nothing if it is as the schema says."""
        schema = self.resolve(schema)
        unknown = set(schema) - KNOWN
        if unknown:
            raise SystemExit(f'openapi: {unknown} is not known here')
        if 'oneOf' in schema:
            return self.one_of(schema['oneOf'], value, at)
        want = TYPES[schema['type']]
        if not isinstance(value, want) or \
                isinstance(value, bool) != (want is bool):
            return [f'{at}: {value!r} is no {schema["type"]}']
        if 'enum' in schema and value not in schema['enum']:
            return [f'{at}: {value!r} is none of {schema["enum"]}']
        if want is str:
            return list(text_faults(schema, value, at))
        if want is int:
            return list(number_faults(schema, value, at))
        return self.object_faults(schema, value, at) if want is dict else []

    def one_of(self, schemas, value, at):
        each = [self.faults(schema, value, at) for schema in schemas]
        if each.count([]) == 1:
            return []
        if each.count([]) > 1:
            return [f'{at}: {value!r} is more than one of oneOf']
        return [f'{at}: {value!r}: ' + ' / '.join(x[0] for x in each)]

    def object_faults(self, schema, value, at):
        properties = schema.get('properties', {})
        faults = [f'{at}.{name} is missing'
                  for name in schema.get('required', []) if name not in value]
        for name, inner in value.items():
            if name in properties:
                faults += self.faults(properties[name], inner, f'{at}.{name}')
            elif schema.get('additionalProperties', True) is False:
                faults.append(f'{at}.{name} is not documented')
        return faults

    # ---- an answer ---------------------------------------------------------

    def answer_faults(self, response, status, headers, body):
        """headers: a dict; body: bytes."""
        response = self.resolve(response)
        faults = []
        if response.get('x-status', status) != status:
            faults.append(f'status {status}')
        for name, header in response.get('headers', {}).items():
            schema = self.resolve(header)['schema']
            if name not in headers:
                faults.append(f'no {name}')
            else:
                faults += self.faults(schema, headers[name], name)
        content = response.get('content', {})
        kind = headers.get('Content-Type', '').split(';')[0]
        if not content:
            return faults + ([f'a body: {body!r}'] if body else [])
        if kind not in content:
            return faults + [f'content type {kind}']
        for value in read_values(kind, body, faults):
            faults += self.faults(content[kind]['schema'], value)
        return faults


def no_doubles(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError(f'a name stands twice in {names}')
    return dict(pairs)


def read_values(kind, body, faults):
    """The values of a body: one, or of NDJSON one a line."""
    try:
        text = body.decode('utf-8')
        if kind == 'text/plain':
            return [text]
        if kind == 'application/json':
            return [json.loads(text, object_pairs_hook=no_doubles)]
        if not text.endswith('\n'):
            faults.append('no line feed at the end')
        return [json.loads(line, object_pairs_hook=no_doubles)
                for line in text.splitlines()]
    except ValueError as error:
        faults.append(f'{kind}: {error}')
        return []


def text_faults(schema, value, at):
    if not schema.get('minLength', 0) <= len(value) <= \
            schema.get('maxLength', len(value)):
        yield f'{at}: {len(value)} characters'
    if 'pattern' in schema and not matches(schema['pattern'], value):
        yield f'{at}: {value[:300]!r} is not {schema["pattern"]}'


def matches(pattern, value):
    """As in ECMA-262, where $ is the end and nothing before it."""
    return re.search(re.sub(r'\$$', r'\\Z', pattern), value) is not None


def number_faults(schema, value, at):
    if not schema.get('minimum', value) <= value <= \
            schema.get('maximum', value):
        yield f'{at}: {value} is out of range'
