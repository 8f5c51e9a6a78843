# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a device is online. Only the manager's own monotonic clock counts."""

from __future__ import annotations

from enum import StrEnum


class Liveness(StrEnum):
    """What the manager knows of a device's presence."""

    UNKNOWN = 'unknown'
    ONLINE = 'online'
    OFFLINE = 'offline'


def liveness(
    *,
    heard_at: float | None,
    leaving: bool,
    manager_started_at: float,
    now: float,
    offline_after_sec: float,
) -> Liveness:
    """Tell the liveness of a known device.

    A manager that has just started has heard nobody: until the deadline passes, a device that is
    not heard is neither online nor offline.

    Args:
        heard_at: when it was last heard, monotonic seconds; None: not since the manager started.
        leaving: its last word was that it shuts down.
        now: monotonic seconds.
    """
    if leaving:
        return Liveness.OFFLINE
    if heard_at is not None:
        return Liveness.ONLINE if now - heard_at <= offline_after_sec else Liveness.OFFLINE
    waited = now - manager_started_at
    return Liveness.UNKNOWN if waited <= offline_after_sec else Liveness.OFFLINE
