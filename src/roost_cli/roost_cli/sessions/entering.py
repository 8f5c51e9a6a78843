# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Getting beside an executable: the permission for it, and how failing to is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
import threading
import time
from typing import TypeVar

from roost_cli.exits import Exit, Refused, RoostError, UsageError
from roost_cli.model import Admission, Admissions
from roost_cli.sessions.link import End
from roost_core.problem import ResultCode

T = TypeVar('T')

PATIENCE_SEC = 10.0
AGAIN_SEC = 0.5


def entered(
    ask: Callable[[], Admissions],
    enter: Callable[[Admission], T],
    *,
    patience_sec: float = PATIENCE_SEC,
    monotonic: Callable[[], float] = time.monotonic,
) -> T:
    """Ask for permission and enter; what is just starting is asked again for a while.

    Raises:
        RoostError: nobody can enter; the text says why.
    """
    deadline = monotonic() + patience_sec
    pause = threading.Event()
    while True:
        try:
            return enter(_the_one(ask()))
        except Refused as error:
            if error.code != ResultCode.UNAVAILABLE or monotonic() >= deadline:
                raise
        pause.wait(AGAIN_SEC)


def _the_one(admissions: Admissions) -> Admission:
    for admission in admissions.given.values():
        return admission
    for problem in admissions.missing.values():
        raise Refused(problem.code, problem.text)
    raise Refused(
        ResultCode.REFUSED, f"nothing of '{admissions.deployment_name}' is on any device"
    )


@contextlib.contextmanager
def as_not_run() -> Iterator[None]:
    """Give failures of ours an exit code that commands do not have, as ssh does."""
    try:
        yield
    except UsageError:
        raise
    except RoostError as error:
        error.exit = Exit.NOT_RUN
        raise


def exit_code_of(end: End) -> int:
    """Give the exit code of the program as ours.

    Raises:
        RoostError: it is not known; the text says why.
    """
    if end.error is not None:
        raise end.error
    if end.exit_code is None:
        raise RoostError(end.reason or 'the program ended, and how is not known')
    return end.exit_code
