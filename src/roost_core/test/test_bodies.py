# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The published schemas of desired states and reports say what the code writes and reads."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, MISSING
from enum import StrEnum
import json
from pathlib import Path
import types
import typing

from hypothesis import given, strategies
from jsonschema import Draft202012Validator
import pytest

from roost_core.desired import DESIRED_SCHEMA, DesiredState
from roost_core.document import canonical_json, from_document, parse_json, to_document
from roost_core.names import DeviceName
from roost_core.report import DeviceReport, REPORT_SCHEMA

FOLDER = Path(__file__).parents[2] / 'roost_interfaces' / 'schema'

BODIES = [(DesiredState, 'desired_state'), (DeviceReport, 'report')]


def schema_of(name: str) -> dict:
    return json.loads((FOLDER / f'{name}.schema.json').read_text(encoding='utf-8'))


def resolved(schema: dict, root: dict) -> dict:
    """Follow a reference, keeping what stands beside it."""
    if '$ref' not in schema:
        return schema
    target = root['$defs'][schema['$ref'].removeprefix('#/$defs/')]
    return {**target, **{key: value for key, value in schema.items() if key != '$ref'}}


def differences(cls: type, schema: dict, root: dict, place: str) -> Iterator[str]:
    """List where an object's schema and its dataclass say different things."""
    written = {each.name: each for each in fields(cls) if each.init}
    properties = schema['properties']
    if list(written) != list(properties):
        yield f'{place}: the code has {list(written)}, the schema {list(properties)}'
        return
    needed = [
        each.name
        for each in written.values()
        if (each.default is MISSING and each.default_factory is MISSING)
        or each.metadata.get('always_written')
    ]
    if needed != schema.get('required', []):
        yield f'{place}: the code needs {needed}, the schema {schema.get("required")}'
    hints = typing.get_type_hints(cls)
    for name, each in written.items():
        inner = resolved(properties[name], root)
        if not inner.get('description'):
            yield f'{place}.{name}: has no description'
        default = each.default if each.default_factory is MISSING else each.default_factory()
        if default is not MISSING:
            plain = json.loads(json.dumps(to_plain(default)))
            if 'default' not in inner or inner['default'] != plain:
                told = inner.get('default')
                yield f'{place}.{name}: the default is {plain}, in the schema {told}'
        yield from type_differences(hints[name], inner, root, f'{place}.{name}')


def to_plain(value: object) -> object:
    return to_document(value) if is_dataclass(value) else value


def type_differences(hint: object, schema: dict, root: dict, place: str) -> Iterator[str]:
    schema = resolved(schema, root)
    hint = getattr(hint, '__supertype__', hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        yield from differences(hint, schema, root, place)
    elif isinstance(hint, type) and issubclass(hint, StrEnum):
        if [str(word) for word in hint] != schema.get('enum'):
            yield f'{place}: the code knows {[str(word) for word in hint]}'
    elif origin in (typing.Union, types.UnionType):
        inner = next(each for each in arguments if each is not type(None))
        if is_dataclass(inner):
            yield from type_differences(inner, schema['anyOf'][0], root, place)
        elif schema['type'] != [PLAIN[inner], 'null']:
            yield f'{place}: the code has {hint}, the schema {schema["type"]}'
    elif origin is tuple and arguments[-1] is ...:
        yield from type_differences(arguments[0], schema['items'], root, f'{place}[]')
    elif origin is tuple:
        for index, each in enumerate(arguments):
            yield from type_differences(each, schema['prefixItems'][index], root, place)
    elif origin is Mapping:
        yield from type_differences(
            arguments[1], schema['additionalProperties'], root, f'{place}{{}}'
        )
    elif schema.get('type') != PLAIN[hint]:
        yield f'{place}: the code has {hint}, the schema {schema.get("type")}'


PLAIN = {str: 'string', int: 'integer', float: 'number', bool: 'boolean'}


@pytest.mark.parametrize(('cls', 'name'), BODIES, ids=['desired', 'report'])
def test_schema_and_code_name_the_same_fields(cls: type, name: str) -> None:
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)

    assert list(differences(cls, schema, schema, name)) == []


def test_the_schemas_are_of_the_version_that_is_written() -> None:
    assert schema_of('desired_state')['properties']['schema']['default'] == DESIRED_SCHEMA
    assert schema_of('report')['properties']['schema']['default'] == REPORT_SCHEMA


@pytest.mark.parametrize(('cls', 'name'), BODIES, ids=['desired', 'report'])
def test_the_version_is_always_written(cls: type, name: str) -> None:
    value = from_document(cls, examples(name)[0])

    assert to_document(value)['schema'] == schema_of(name)['properties']['schema']['default']


def examples(name: str) -> list[dict]:
    """Give the examples of the description of the wire."""
    text = (FOLDER.parent / 'README.md').read_text(encoding='utf-8')
    blocks = [block.partition('```')[0] for block in text.split('```json\n')[1:]]
    bodies = [json.loads(block) for block in blocks]
    return [body for body in bodies if ('facts' in body) == (name == 'report')]


@pytest.mark.parametrize(('cls', 'name'), BODIES, ids=['desired', 'report'])
def test_the_examples_are_valid_and_can_be_read(cls: type, name: str) -> None:
    for body in examples(name):
        Draft202012Validator(schema_of(name)).validate(body)
        assert json.loads(canonical_json(to_document(from_document(cls, body)))) == body


NUMBERS = strategies.integers(0, 2**31 - 1)
SECONDS = strategies.floats(0.5, 100.0)
KEY_IDS = strategies.from_regex('ed25519:[A-Za-z0-9_-]{43}', fullmatch=True)
DEVICES = strategies.from_regex('[a-z][a-z0-9_]{0,62}', fullmatch=True).map(DeviceName)


def values(hint: object) -> strategies.SearchStrategy:
    """Make values of a type of the domain, within what the schemas allow."""
    hint = getattr(hint, '__supertype__', hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        special = {'device': DEVICES, 'device_key_id': KEY_IDS}
        names = [each.name for each in fields(hint) if each.init and each.name != 'schema']
        return strategies.builds(
            hint,
            **{name: special[name] if name in special else values(hints[name]) for name in names},
        )
    if origin in (typing.Union, types.UnionType):
        return strategies.one_of(strategies.none(), *map(values, arguments[:-1]))
    if origin is tuple and arguments[-1] is ...:
        return strategies.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return strategies.tuples(*map(values, arguments))
    if origin is Mapping:
        return strategies.dictionaries(
            strategies.text(max_size=4), values(arguments[1]), max_size=2
        )
    if hint is int:
        return NUMBERS.filter(bool)
    if hint is float:
        return SECONDS
    if hint is str:
        return strategies.text(max_size=8)
    return strategies.from_type(hint)


@pytest.mark.parametrize(('cls', 'name'), BODIES, ids=['desired', 'report'])
@given(data=strategies.data())
def test_what_is_written_is_valid_and_read_again(
    data: strategies.DataObject, cls: type, name: str
) -> None:
    value = data.draw(values(cls))
    body = canonical_json(to_document(value))

    Draft202012Validator(schema_of(name)).validate(json.loads(body))
    assert from_document(cls, parse_json(body)) == value


def with_more_keys(document: object) -> object:
    """Add a key to every object that is no map."""
    if isinstance(document, list):
        return [with_more_keys(each) for each in document]
    if not isinstance(document, dict):
        return document
    maps = ('environment', 'secret_environment', 'labels', 'variables', 'ulimits')
    inner = {
        key: value if key in maps else with_more_keys(value) for key, value in document.items()
    }
    return {'of_a_later_version': [1], **inner}


@pytest.mark.parametrize(('cls', 'name'), BODIES, ids=['desired', 'report'])
def test_keys_that_nobody_knows_are_ignored(cls: type, name: str) -> None:
    body = examples(name)[0]
    newer = with_more_keys(body)

    Draft202012Validator(schema_of(name)).validate(newer)
    assert from_document(cls, body) == from_document(cls, newer)


@pytest.mark.parametrize(
    ('place', 'number'),
    [
        (('instances', 0, 'restart_count'), -1),
        (('instances', 0, 'restart_count'), 2**32),
        (('instances', 0, 'exit_code'), 2**31),
        (('instances', 0, 'generation'), -1),
        (('instances', 0, 'started_at'), -1.0),
        (('instances', 0, 'reason', 'progress'), 100.5),
        (('instances', 0, 'reason', 'retry_in_sec'), -1.0),
        (('facts', 'disk_free_bytes'), -1),
        (('applied', 1), -1),
    ],
    ids=str,
)
def test_a_number_that_no_message_could_carry_is_noticed_by_schema_and_code(
    place: tuple[str | int, ...], number: float
) -> None:
    body = examples('report')[0]
    assert from_document(DeviceReport, body).out_of_range() == ''
    inner = body
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = number

    assert not Draft202012Validator(schema_of('report')).is_valid(body)
    assert f'is {number:g}, not between' in from_document(DeviceReport, body).out_of_range()
