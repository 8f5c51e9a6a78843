# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Label selectors: `key=value,key2!=x,key3`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import re


class Operator(StrEnum):
    """How a requirement compares."""

    EQUALS = '='
    DIFFERS = '!='
    EXISTS = 'exists'


class MalformedSelector(ValueError):
    """A selector that cannot be read; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: Operator
    value: str = ''

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet it; a label that is not there differs from every value."""
        match self.operator:
            case Operator.EQUALS:
                return labels.get(self.key) == self.value
            case Operator.DIFFERS:
                return labels.get(self.key) != self.value
            case Operator.EXISTS:
                return self.key in labels


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements together; none matches everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet all requirements."""
        return all(requirement.matches(labels) for requirement in self.requirements)


_PART = re.compile(r'\s*([A-Za-z0-9][A-Za-z0-9._/-]*)\s*(?:(!=|==|=)\s*([^\s,=!]*)\s*)?')


def parse(text: str) -> Selector:
    """Read a selector; empty text matches everything.

    Raises:
        MalformedSelector: a part has another form.
    """
    if not text.strip():
        return Selector()
    return Selector(tuple(_requirement(part, text) for part in text.split(',')))


def _requirement(part: str, text: str) -> Requirement:
    found = _PART.fullmatch(part)
    if found is None:
        raise MalformedSelector(
            f"'{part.strip()}' in selector '{text}' is not key=value, key!=value or key"
        )
    key, operator, value = found.groups()
    if operator is None:
        return Requirement(key, Operator.EXISTS)
    return Requirement(key, Operator.DIFFERS if operator == '!=' else Operator.EQUALS, value)
