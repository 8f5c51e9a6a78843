# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may look into this device: holders of tickets that its manager signed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from roost_core.names import DeviceName
from roost_core.ticket import Purpose, Ticket
from roost_wire.tickets import read_ticket, TicketRefused


class Doorkeeper:
    """Judges tickets; may be used from any thread."""

    def __init__(
        self,
        *,
        device: DeviceName,
        device_key_id: str,
        incarnation: int,
        manager_key: Callable[[], str],
        uptime_sec: Callable[[], float],
    ) -> None:
        """Take whom the device obeys.

        Args:
            manager_key: gives the id of its key; empty while there is none.
            uptime_sec: gives the seconds since this executor started.
        """
        self._device = device
        self._device_key_id = device_key_id
        self._incarnation = incarnation
        self._manager_key = manager_key
        self._uptime_sec = uptime_sec

    def admit(self, text: str, purposes: Collection[Purpose]) -> Ticket:
        """Give a ticket that is valid now and for one of the purposes.

        Raises:
            TicketRefused: it is not; the text says why, and what next.
        """
        key_id = self._manager_key()
        if not key_id:
            raise TicketRefused('this device has not met its manager yet, and knows no ticket')
        if not text:
            raise TicketRefused('a ticket is needed: get_tickets of the manager gives one')
        ticket = read_ticket(text, key_id=key_id)
        if (ticket.device, ticket.device_key_id) != (self._device, self._device_key_id):
            raise TicketRefused(f"the ticket is for '{ticket.device}', this is '{self._device}'")
        if ticket.purpose not in purposes:
            wanted = ' or '.join(sorted(purposes))
            raise TicketRefused(f'the ticket is for {ticket.purpose}, and {wanted} is needed')
        if ticket.incarnation != self._incarnation:
            raise TicketRefused('the executor was started anew since: ask for a new ticket')
        if self._uptime_sec() > ticket.until_sec:
            raise TicketRefused('the ticket has expired: ask for a new one')
        return ticket
