# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS domains on this machine: which is ours, and which is free."""

from __future__ import annotations

from collections.abc import Iterable
import contextlib
import os
import socket

from roost_cli.exits import RoostError, UsageError

# Ports of higher ones lie among those that Linux gives away by itself (32768 and up).
MAX_DOMAIN_ID = 101

# RTPS 2.5, section 9.6.2.3:
# port = base + domain gain * domain + offset + participant gain * index.
_BASE, _DOMAIN_GAIN, _PARTICIPANT_GAIN = 7400, 250, 2
_UNICAST_OFFSETS = (10, 11)
_LOOKED_AT = 4  # a domain with nobody among its first participants is taken for free


def domain_of_environment() -> int:
    """Read ROS_DOMAIN_ID; 0 when it is not set.

    Raises:
        UsageError: it is no domain.
    """
    text = os.environ.get('ROS_DOMAIN_ID', '')
    if text and not (text.isdecimal() and int(text) <= 232):
        raise UsageError(f"ROS_DOMAIN_ID is '{text}': a ROS domain is a number from 0 to 232")
    return int(text or 0)


def own_domain() -> int:
    """Give the ROS domain for a fleet of its own: ROS_DOMAIN_ID if that is set, else a free one.

    Raises:
        UsageError: ROS_DOMAIN_ID is no domain, or other programs of this machine are on it.
        RoostError: no domain is free.
    """
    if not os.environ.get('ROS_DOMAIN_ID'):
        return free_domain()
    domain_id = domain_of_environment()
    if not is_free(domain_id):
        raise UsageError(
            f'ROS_DOMAIN_ID is {domain_id}, and other ROS programs of this machine are on that'
            ' domain: end them, or unset ROS_DOMAIN_ID to have a free one chosen'
        )
    return domain_id


def free_domain(candidates: Iterable[int] | None = None) -> int:
    """Find a domain that no ROS program of this machine is on.

    By default, each process begins to look elsewhere, so that two that look at once differ.

    Raises:
        RoostError: there is none.
    """
    if candidates is None:
        start = os.getpid() % MAX_DOMAIN_ID
        candidates = ((start + step) % MAX_DOMAIN_ID + 1 for step in range(MAX_DOMAIN_ID))
    for domain_id in candidates:
        if is_free(domain_id):
            return domain_id
    raise RoostError('every ROS domain is in use on this machine: end some ROS programs first')


def is_free(domain_id: int) -> bool:
    """Tell whether the ports of a domain's first participants are free here."""
    with contextlib.ExitStack() as stack:
        for index in range(_LOOKED_AT):
            for offset in _UNICAST_OFFSETS:
                port = _BASE + _DOMAIN_GAIN * domain_id + offset + _PARTICIPANT_GAIN * index
                probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                try:
                    probe.bind(('', port))
                except OSError:
                    return False
    return True
