# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Collects the problems of a load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
import re

from roost_core.manifest.tree import Mark, Path, render
from roost_core.problem import Problem, ResultCode

# Nobody reads more at once, and a hostile file must not make a message without end.
MAX_PROBLEMS = 200

_QUOTED = re.compile(r"""'.*'|".*\"""", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Adds problems of one file, and of one document of it, to those of the whole load.

    Attributes:
        discreet: nothing of the file is quoted, for it may be a secret.
    """

    file: str = ''
    resource: str = ''
    discreet: bool = False
    found: list[Problem] = field(default_factory=list)

    def of(
        self, *, file: str | None = None, resource: str = '', discreet: bool = False
    ) -> Reporter:
        """Give a reporter that speaks of another file or document."""
        name = self.file if file is None else file
        return replace(self, file=name, resource=resource, discreet=discreet)

    @property
    def full(self) -> bool:
        """Tell whether it is no use to look for more."""
        return len(self.found) >= MAX_PROBLEMS

    def add(
        self,
        mark: Mark,
        message: str,
        remedy: str = '',
        *,
        path: Path = (),
        code: str = ResultCode.INVALID,
    ) -> None:
        """Add a problem; once there are many, further ones are dropped."""
        if self.discreet:
            message, remedy = (_QUOTED.sub("'***'", text) for text in (message, remedy))
        if not self.full:
            self.found.append(
                Problem(
                    code=str(code),
                    file=self.file,
                    line=mark.line,
                    column=mark.column,
                    resource=self.resource,
                    path=render(path),
                    message=message,
                    remedy=remedy,
                )
            )


def in_order(problems: Iterable[Problem], files: Iterable[str]) -> tuple[Problem, ...]:
    """Sort by file, line and column, each problem once."""
    rank = {name: index for index, name in reversed(list(enumerate(files)))}
    once = dict.fromkeys(problems)
    return tuple(sorted(once, key=lambda it: (rank.get(it.file, len(rank)), it.line, it.column)))
