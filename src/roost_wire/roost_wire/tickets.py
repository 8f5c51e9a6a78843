# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Tickets as text: body and signature, both URL-safe base64, with a dot between them."""

from __future__ import annotations

import base64
import binascii

from roost_core.document import (
    canonical_json,
    from_document,
    MalformedDocument,
    parse_json,
    to_document,
)
from roost_core.ticket import Ticket, TICKET_SCHEMA
from roost_wire.signing import SigningKey, verify

MAX_LENGTH = 4096

# Signed in front of the body: what is signed as a ticket is never taken for anything else.
_DOMAIN = b'roost ticket\n'


class TicketRefused(ValueError):
    """A ticket that opens nothing; the text says why."""


def sign_ticket(ticket: Ticket, key: SigningKey) -> str:
    """Write and sign a ticket."""
    body = canonical_json(to_document(ticket))
    return f'{_text(body)}.{_text(key.sign(_DOMAIN + body))}'


def read_ticket(text: str, *, key_id: str) -> Ticket:
    """Check the signature of a ticket and read it. Whether it is valid now, the caller judges.

    Args:
        key_id: of the manager.

    Raises:
        TicketRefused: not signed by that manager, altered, malformed, or of a newer schema.
    """
    if len(text) > MAX_LENGTH:
        raise TicketRefused(f'a ticket has at most {MAX_LENGTH} characters')
    body, _, signature = text.partition('.')
    try:
        content, signed = _bytes(body), _bytes(signature)
    except (binascii.Error, ValueError) as error:
        raise TicketRefused('this is no ticket: get_tickets of the manager gives one') from error
    if not verify(key_id, signed, _DOMAIN + content):
        raise TicketRefused('the ticket is not signed by the manager that this device obeys')
    try:
        document = parse_json(content)
        schema = document.get('schema') if isinstance(document, dict) else None
        if type(schema) is int and schema > TICKET_SCHEMA:
            raise TicketRefused(
                f'the ticket has schema {schema}, this device knows {TICKET_SCHEMA}: upgrade it'
            )
        return from_document(Ticket, document)
    except MalformedDocument as error:
        raise TicketRefused(f'the ticket is malformed: {error}') from error


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b'=').decode()


def _bytes(text: str) -> bytes:
    padded = text.encode('ascii') + b'=' * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b'-_', validate=True)
