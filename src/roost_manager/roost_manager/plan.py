# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Plans: what a request does, or would do, with each thing that it names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from roost_core.problem import Problem


class Action(StrEnum):
    """What is done with one thing."""

    CREATE = 'create'
    UNCHANGED = 'unchanged'
    UPDATE = 'update'
    REFUSE = 'refuse'
    DELETE = 'delete'


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a request does, or would do, with one thing that a manifest describes."""

    kind: str
    name: str
    version: str = ''
    action: Action
    deployment_id: str = ''
    detail: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Outcome of checking a request: what is done with each thing, and every problem."""

    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
