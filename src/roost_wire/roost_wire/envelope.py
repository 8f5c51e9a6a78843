# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Signed envelopes: desired states and reports as they travel and as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from roost_core.desired import DESIRED_SCHEMA, DesiredState
from roost_core.document import (
    canonical_json,
    from_document,
    MalformedDocument,
    parse_json,
    to_document,
)
from roost_core.instance import DesiredInstance
from roost_core.report import DeviceReport, REPORT_SCHEMA
from roost_interfaces.msg import Envelope
from roost_wire.signing import fingerprint, SigningKey, verify

T = TypeVar('T', DesiredState, DeviceReport)

PROTOCOL = 1
MAX_BODY_BYTES = 1024 * 1024


class EnvelopeRefused(ValueError):
    """An envelope that must be ignored; the text says why."""


def written(instance: DesiredInstance) -> bytes:
    """Write an instance as it stands in the body of a desired state."""
    return canonical_json(to_document(instance))


def seal_desired(state: DesiredState, key: SigningKey, *, kept: Sequence[bytes] = ()) -> Envelope:
    """Sign a desired state.

    Args:
        kept: what the state keeps, `written` before.
    """
    document = to_document(replace(state, keep=()) if kept else state)
    parts = {name: canonical_json(value) for name, value in document.items()}
    if kept:
        parts['keep'] = b'[' + b','.join(kept) + b']'
    fields = (canonical_json(name) + b':' + parts[name] for name in sorted(parts))
    envelope = _seal(b'{' + b','.join(fields) + b'}', key)
    envelope.device = state.device
    envelope.manager_id = state.manager_id
    envelope.epoch = state.epoch
    envelope.revision = state.revision
    return envelope


def seal_report(report: DeviceReport, key: SigningKey) -> Envelope:
    """Sign a report."""
    envelope = _seal(canonical_json(to_document(report)), key)
    envelope.device = report.device
    envelope.incarnation = report.incarnation
    envelope.sequence = report.sequence
    return envelope


def open_desired(envelope: Envelope) -> DesiredState:
    """Check the signature and read a desired state. Whose key it is, the caller must judge.

    Raises:
        EnvelopeRefused: unsigned, altered, malformed, or of a protocol that is not ours.
    """
    state = _open(envelope, DesiredState, DESIRED_SCHEMA)
    said = (envelope.device, envelope.manager_id, envelope.epoch, envelope.revision)
    if said != (state.device, state.manager_id, state.epoch, state.revision):
        raise EnvelopeRefused('the envelope and its signed body disagree')
    return state


def open_report(envelope: Envelope) -> DeviceReport:
    """Check the signature and read a report. Whose key it is, the caller must judge.

    Raises:
        EnvelopeRefused: unsigned, altered, malformed, or of a protocol that is not ours.
    """
    report = _open(envelope, DeviceReport, REPORT_SCHEMA)
    out_of_range = report.out_of_range()
    if out_of_range:
        raise EnvelopeRefused(f'its body is malformed: {out_of_range}')
    said = (envelope.device, envelope.incarnation, envelope.sequence)
    if said != (report.device, report.incarnation, report.sequence):
        raise EnvelopeRefused('the envelope and its signed body disagree')
    return report


def _seal(body: bytes, key: SigningKey) -> Envelope:
    return Envelope(protocol=PROTOCOL, key_id=key.key_id, signature=key.sign(body), body=body)


def _open(envelope: Envelope, cls: type[T], schema: int) -> T:
    if envelope.protocol != PROTOCOL:
        raise EnvelopeRefused(f'protocol {envelope.protocol} is not known, only {PROTOCOL}')
    body = bytes(envelope.body)
    if len(body) > MAX_BODY_BYTES:
        raise EnvelopeRefused(
            f'its body has {len(body)} bytes, at most {MAX_BODY_BYTES} are allowed'
        )
    if not verify(envelope.key_id, bytes(envelope.signature), body):
        raise EnvelopeRefused(f'its signature is not that of key {fingerprint(envelope.key_id)}')
    try:
        document = parse_json(body)
        _check_schema(document, schema)
        return from_document(cls, document)
    except MalformedDocument as error:
        raise EnvelopeRefused(f'its body is malformed: {error}') from error


def _check_schema(document: object, known: int) -> None:
    schema = document.get('schema') if isinstance(document, dict) else None
    if type(schema) is int and schema > known:
        raise EnvelopeRefused(f'its body has schema {schema}, this version knows {known}; upgrade')
