# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Problems: one reason for a refusal, or one thing to mend.

Mirrors Problem and Result of roost_interfaces/msg.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ResultCode(StrEnum):
    """Outcome of a request that was not accepted; the words of roost_interfaces/msg/Result."""

    INVALID = 'INVALID'
    NOT_FOUND = 'NOT_FOUND'
    CONFLICT = 'CONFLICT'
    REFUSED = 'REFUSED'
    STALE = 'STALE'
    REPLAYED = 'REPLAYED'
    TOO_LARGE = 'TOO_LARGE'
    UNAVAILABLE = 'UNAVAILABLE'
    TIMEOUT = 'TIMEOUT'
    CANCELLED = 'CANCELLED'
    FAILED = 'FAILED'
    INTERNAL = 'INTERNAL'


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, where it is, and what would be right.

    Attributes:
        code: a ResultCode, or an error code such as 'DEP_E162'.
        file: manifest file; empty when the request did not come from a file.
        line, column: place in that file, from 1; 0 when unknown.
        resource: 'Kind/name', for example 'Deployment/turtle'; empty when not known.
        path: place inside the document, for example 'spec.components[1].executables[0].image'.
        message: what is wrong, one sentence without a full stop at its end.
        remedy: what would be right, likewise; empty when the message says it.
    """

    code: str
    file: str = ''
    line: int = 0
    column: int = 0
    resource: str = ''
    path: str = ''
    message: str
    remedy: str = ''

    def __str__(self) -> str:
        return ': '.join(part for part in (self.place, self.subject, self.text) if part)

    @property
    def place(self) -> str:
        """Where it is, as 'file:line:column', as far as that is known."""
        numbers = [str(number) for number in (self.line, self.column) if number]
        return ':'.join([self.file, *numbers]) if self.file else ''

    @property
    def subject(self) -> str:
        """What it is about, as 'Kind/name path', as far as that is known."""
        return ' '.join(part for part in (self.resource, self.path) if part)

    @property
    def text(self) -> str:
        """What is wrong and what would be right."""
        return f'{self.message}; {self.remedy}' if self.remedy else self.message
