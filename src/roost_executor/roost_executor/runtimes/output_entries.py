# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries of output, as CRI writes them; see `contract.Output`."""

from __future__ import annotations

import time

# Of the time of an entry: RFC 3339 in UTC with nine digits of a second.
TIME_LENGTH = 30


def note(text: str) -> bytes:
    """Give an entry by which Roost itself says something, now."""
    return b'%b roost F %b\n' % (written_time(time.time_ns()).encode(), text.encode())


def written_time(nanoseconds: int) -> str:
    """Write a time since 1970 as entries have it."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f'{time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))}.{rest:09d}Z'
