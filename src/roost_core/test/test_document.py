# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Documents: everything comes back as it was written, and nothing else is taken."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, MISSING
from enum import EnumType
from functools import cache
import json
from typing import get_args, get_origin, get_type_hints, NewType

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from roost_core.deployment import Deployment
from roost_core.desired import DesiredState
from roost_core.device import DeviceRecord
from roost_core.document import (
    canonical_json,
    digest,
    from_document,
    MalformedDocument,
    parse_json,
    to_document,
)
from roost_core.event import Event
from roost_core.package import Package
from roost_core.report import DeviceReport
from roost_core.restart import History

STORED = [Package, Deployment, DeviceRecord, Event, DeviceReport, DesiredState, History]

BASIC = {
    str: st.sampled_from(['', 'a', 'ä€\U0001f600', '"\\\n\x00', 'x' * 80]),
    int: st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)]),
    float: st.sampled_from([0.0, -1.5, 1e300, 5e-324]),
    bool: st.booleans(),
    type(None): st.none(),
}


@cache
def values_of(kind):
    """Give values of a type, in some of which the defaults stay."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in BASIC:
        return BASIC[kind]
    if isinstance(kind, NewType):
        return values_of(kind.__supertype__)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        parts = {each.name: values_of(hints[each.name]) for each in fields(kind) if each.init}
        optional = {each.name for each in fields(kind) if has_default(each)}
        needed = {name: part for name, part in parts.items() if name not in optional}
        given = {name: part for name, part in parts.items() if name in optional}
        return st.fixed_dictionaries(needed, optional=given).map(lambda each: kind(**each))
    if isinstance(kind, EnumType):
        return st.sampled_from(kind)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    if origin is Mapping:
        return st.dictionaries(*map(values_of, arguments), max_size=2)
    return st.one_of(*map(values_of, arguments))


def has_default(field):
    return field.default is not MISSING or field.default_factory is not MISSING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def written(value):
    return parse_json(canonical_json(to_document(value)))


@pytest.mark.parametrize('cls', STORED)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_comes_back(cls, data):
    value = data.draw(values_of(cls))

    assert from_document(cls, written(value)) == value
    assert from_document(cls, to_document(value)) == value


@pytest.mark.parametrize('cls', STORED)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_newer_writer_may_add_keys(cls, data):
    value = data.draw(values_of(cls))

    assert from_document(cls, {**written(value), 'unknown-key': [1]}) == value


def places_of(document, path=()):
    """Yield the path of every value inside a document."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places_of(value, (*path, key))


def with_value(document, path, value):
    changed = json.loads(json.dumps(document))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize('cls', STORED)
@settings(max_examples=80, deadline=None)
@given(data=st.data(), junk=JSON)
def test_junk_in_any_place_is_malformed_or_can_be_written_again(cls, data, junk):
    document = written(data.draw(values_of(cls)))
    path = data.draw(st.sampled_from(list(places_of(document)) or [('x',)]))
    try:
        value = from_document(cls, with_value(document, path, junk))
    except MalformedDocument:
        return

    assert from_document(cls, written(value)) == value


@pytest.mark.parametrize('cls', STORED)
@settings(max_examples=25)
@given(junk=JSON)
def test_junk_as_a_whole_is_malformed(cls, junk):
    if cls is History and isinstance(junk, dict):
        return  # all of it has defaults
    with pytest.raises(MalformedDocument):
        from_document(cls, junk)


FACTS = {'architecture': 'amd64', 'runtimes': ['docker']}
REPORT = {'device': 'rover1', 'incarnation': 1, 'sequence': 2, 'facts': FACTS}
INSTANCE = {
    'slot': {'deployment_id': 'a', 'component': 'b', 'executable': 'c'},
    'deployment_name': 'a',
    'generation': 1,
    'status': 'Running',
}


@pytest.mark.parametrize(
    'changed',
    [
        {'device': 5},
        {'device': None},
        {'device': '\ud800'},
        {'incarnation': '1'},
        {'incarnation': True},
        {'incarnation': 1.0},
        {'incarnation': 2**63},
        {'leaving': 1},
        {'leaving': 'yes'},
        {'applied': [1]},
        {'applied': [1, 2, 3]},
        {'applied': '12'},
        {'notices': 'a text is no list of texts'},
        {'notices': {'neither': 'is an object'}},
        {'facts': []},
        {'facts': 'amd64'},
        {'facts': {**FACTS, 'architecture': 'sparc'}},
        {'facts': {**FACTS, 'architecture': []}},
        {'facts': {**FACTS, 'variables': []}},
        {'facts': {**FACTS, 'variables': {'A': 1}}},
        {'facts': {**FACTS, 'runtimes': 'docker'}},
        {'instances': INSTANCE},
        {'instances': [{**INSTANCE, 'reason': []}]},
        {'instances': [{**INSTANCE, 'started_at': '5'}]},
        {'instances': [{**INSTANCE, 'started_at': float('nan')}]},
        {'instances': [{**INSTANCE, 'started_at': float('inf')}]},
    ],
)
def test_a_value_of_another_type_is_malformed(changed):
    with pytest.raises(MalformedDocument, match='not a DeviceReport'):
        from_document(DeviceReport, {**REPORT, **changed})


def test_a_missing_key_is_named():
    with pytest.raises(MalformedDocument, match="'facts' is missing"):
        from_document(DeviceReport, {'device': 'rover1', 'incarnation': 1, 'sequence': 2})


@pytest.mark.parametrize(
    'body', [b'', b'{', b'\xff', b'{"a":"\xed\xa0\x80"}', '{}'.encode('utf-16'), b'[' * 10**5]
)
def test_what_is_not_utf_8_json_is_malformed(body):
    with pytest.raises(MalformedDocument, match='not JSON'):
        parse_json(body)


@given(st.binary())
def test_any_bytes_are_json_or_malformed(body):
    with suppress(MalformedDocument):
        parse_json(body)


def test_equal_documents_give_equal_bytes():
    assert canonical_json({'b': 1, 'a': 'ä'}) == '{"a":"ä","b":1}'.encode()
    assert digest({'b': 1, 'a': 2}) == digest({'a': 2, 'b': 1})


@pytest.mark.parametrize('value', [float('nan'), float('inf'), '\ud800'])
def test_what_json_cannot_hold_is_not_written(value):
    with pytest.raises(ValueError):
        canonical_json({'a': value})
