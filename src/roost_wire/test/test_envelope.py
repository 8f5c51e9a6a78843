# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What travels signed, and what is refused of it."""

from dataclasses import replace
import json

from builders import desired, facts
from hypothesis import given
from hypothesis import strategies as st
import pytest

from roost_core.desired import DesiredState
from roost_core.document import canonical_json, to_document
from roost_core.names import DeviceName
from roost_core.report import DeviceReport
from roost_wire.envelope import (
    EnvelopeRefused,
    MAX_BODY_BYTES,
    open_desired,
    open_report,
    seal_desired,
    seal_report,
    written,
)
from roost_wire.signing import SigningKey

ROVER = DeviceName('rover1')
REPORT = DeviceReport(device=ROVER, incarnation=1, sequence=2, facts=facts())
STATE = DesiredState(
    device=ROVER, manager_id='m', epoch=1, revision=2, device_key_id='k', keep=(desired(),)
)


@pytest.fixture(scope='module')
def key(tmp_path_factory):
    return SigningKey.load_or_create(tmp_path_factory.mktemp('keys') / 'a.key')


def test_what_was_sealed_comes_out(key):
    assert open_report(seal_report(REPORT, key)) == REPORT
    assert open_desired(seal_desired(STATE, key)) == STATE


def test_what_was_written_before_is_sealed_as_if_it_were_written_now(key):
    instances = tuple(desired(f'd{number}') for number in range(3))
    whole = replace(STATE, keep=instances, remove_slots=(instances[0].slot,))

    kept = seal_desired(whole, key, kept=[written(each) for each in instances])

    assert kept == seal_desired(whole, key)
    assert bytes(kept.body) == canonical_json(to_document(whole))


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('device', 'rover2'),
        ('incarnation', 9),
        ('sequence', 9),
        ('protocol', 2),
        ('key_id', 'ed25519:' + 'A' * 43),
        ('signature', bytes(64)),
        ('signature', b''),
        ('body', b'{}'),
    ],
)
def test_an_altered_report_is_refused(key, field, value):
    envelope = seal_report(REPORT, key)
    setattr(envelope, field, value)

    with pytest.raises(EnvelopeRefused):
        open_report(envelope)


@pytest.mark.parametrize(
    ('field', 'value'), [('manager_id', 'n'), ('epoch', 9), ('revision', 9), ('device', 'x')]
)
def test_an_altered_desired_state_is_refused(key, field, value):
    envelope = seal_desired(STATE, key)
    setattr(envelope, field, value)

    with pytest.raises(EnvelopeRefused, match='disagree'):
        open_desired(envelope)


def signed(key, body):
    envelope = seal_report(REPORT, key)
    envelope.body, envelope.signature = body, key.sign(body)
    return envelope


def test_a_newer_schema_asks_for_an_upgrade_whatever_else_is_new(key):
    document = {'schema': 99, 'device': ['something', 'else']}

    with pytest.raises(EnvelopeRefused, match='has schema 99, this version knows 1; upgrade'):
        open_report(signed(key, json.dumps(document).encode()))


def test_too_large_a_body_is_not_even_looked_at(key):
    with pytest.raises(EnvelopeRefused, match='bytes, at most'):
        open_report(signed(key, b' ' * (MAX_BODY_BYTES + 1)))


def test_one_kind_of_body_is_not_taken_for_the_other(key):
    with pytest.raises(EnvelopeRefused, match='malformed'):
        open_desired(seal_report(REPORT, key))
    with pytest.raises(EnvelopeRefused, match='malformed'):
        open_report(seal_desired(STATE, key))


@given(body=st.binary())
def test_any_signed_bytes_are_a_report_or_refused(key, body):
    with pytest.raises(EnvelopeRefused):
        open_report(signed(key, body))
