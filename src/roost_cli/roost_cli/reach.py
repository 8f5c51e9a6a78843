# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What to say when nobody answers: where was looked, and what to do next."""

from __future__ import annotations

import os


def is_of_device(name: str) -> bool:
    """Tell whether a service is one of a device, by its name."""
    return '/devices/' in name


def lost(device: str, silent_sec: float | None) -> str:
    """Say first of a device that does not answer what is the usual reason.

    Args:
        silent_sec: since when the manager has not heard it; None when that is not known.
    """
    heard = '' if silent_sec is None else f': the manager last heard it {silent_sec:.0f} s ago'
    return f'{device} does not answer, it may just have been lost{heard}'


def nobody_answers(name: str, waited_sec: float, domain_id: int | None = None) -> str:
    """Say that nobody offers a service, and the usual reasons."""
    if is_of_device(name):
        device = name.partition('/devices/')[2].partition('/')[0]
        return (
            f"Nobody offers '{name}' {where(domain_id)} (waited {waited_sec:g} s).\n"
            f'  The manager may reach it and this machine not: `roost describe device {device}` '
            f'tells its addresses.\n'
            f'  On another machine? Set ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET here and there.'
        )
    who = 'introspection' if '/introspection/' in name else 'deployment manager'
    return (
        f"no {who} found: nobody offers '{name}' {where(domain_id)} (waited {waited_sec:g} s).\n"
        f'  Is it running? `roost up` starts a fleet on this machine.\n'
        f'  On another ROS domain? Set ROS_DOMAIN_ID to that of the {who}.\n'
        f'  On another machine? Set ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET here and there.'
    )


def no_answer(name: str, waited_sec: float) -> str:
    """Say that a service is there and silent."""
    return (
        f"'{name}' is there and gave no answer within {waited_sec:g} s; "
        'its log may say why. Asking again is safe'
    )


def where(domain_id: int | None = None) -> str:
    """Say which part of the ROS world this process sees."""
    if domain_id is None:
        given = os.environ.get('ROS_DOMAIN_ID', '')
        domain = f'{given} (ROS_DOMAIN_ID)' if given else '0 (ROS_DOMAIN_ID is not set)'
    else:
        domain = str(domain_id)
    reach = os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', '') or 'SUBNET'
    return f'on ROS domain {domain} with discovery range {reach}'
