# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may look into a device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from roost_core.names import DeploymentId, DeviceName
from roost_core.ticket import Purpose, Ticket
from roost_executor.doorkeeper import Doorkeeper
from roost_wire.signing import SigningKey
from roost_wire.tickets import sign_ticket, TicketRefused

TICKET = Ticket(
    purpose=Purpose.LOGS,
    device=DeviceName('rover1'),
    device_key_id='ed25519:ours',
    incarnation=3,
    until_sec=60.0,
    deployment_id=DeploymentId('d1'),
    deployment_name='camera',
)


@pytest.fixture
def manager(tmp_path: Path) -> SigningKey:
    return SigningKey.load_or_create(tmp_path / 'manager.key')


def doorkeeper(key_id: str, *, uptime_sec: float = 10.0) -> Doorkeeper:
    return Doorkeeper(
        device=DeviceName('rover1'),
        device_key_id='ed25519:ours',
        incarnation=3,
        manager_key=lambda: key_id,
        uptime_sec=lambda: uptime_sec,
    )


def test_a_ticket_of_the_manager_admits(manager: SigningKey) -> None:
    text = sign_ticket(TICKET, manager)

    assert doorkeeper(manager.key_id).admit(text, {Purpose.LOGS}) == TICKET


@pytest.mark.parametrize(
    ('ticket', 'why'),
    [
        (replace(TICKET, device=DeviceName('rover2')), "for 'rover2', this is 'rover1'"),
        (replace(TICKET, device_key_id='ed25519:other'), 'the ticket is for'),
        (replace(TICKET, purpose=Purpose.SHELL), 'for shell, and logs is needed'),
        (replace(TICKET, incarnation=2), 'started anew'),
        (replace(TICKET, until_sec=9.9), 'expired'),
    ],
)
def test_another_ticket_is_refused_with_its_reason(
    manager: SigningKey, ticket: Ticket, why: str
) -> None:
    with pytest.raises(TicketRefused, match=why):
        doorkeeper(manager.key_id).admit(sign_ticket(ticket, manager), {Purpose.LOGS})


def test_a_ticket_of_somebody_else_is_refused(manager: SigningKey, tmp_path: Path) -> None:
    other = SigningKey.load_or_create(tmp_path / 'other.key')

    with pytest.raises(TicketRefused, match='not signed by the manager'):
        doorkeeper(manager.key_id).admit(sign_ticket(TICKET, other), {Purpose.LOGS})


def test_an_altered_ticket_is_refused(manager: SigningKey) -> None:
    body, _, signature = sign_ticket(TICKET, manager).partition('.')
    other, _, _ = sign_ticket(replace(TICKET, until_sec=1e9), manager).partition('.')

    with pytest.raises(TicketRefused, match='not signed'):
        doorkeeper(manager.key_id).admit(f'{other}.{signature}', {Purpose.LOGS})
    assert body != other


@pytest.mark.parametrize('text', ['', 'x', '.', 'a.b', 'ä.ö', '!!.!!', 'A' * 5000])
def test_garbage_is_refused(manager: SigningKey, text: str) -> None:
    with pytest.raises(TicketRefused):
        doorkeeper(manager.key_id).admit(text, {Purpose.LOGS})


def test_before_the_first_contact_nobody_is_admitted(manager: SigningKey) -> None:
    with pytest.raises(TicketRefused, match='not met its manager'):
        doorkeeper('').admit(sign_ticket(TICKET, manager), {Purpose.LOGS})
