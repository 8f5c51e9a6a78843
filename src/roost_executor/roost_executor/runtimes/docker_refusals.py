# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands that an engine could not start in a container, in the words and codes of a shell.

Engines tell of them by 126 for all, and in the place of the output, until 24; later ones tell a
missing one by 127, and may refuse it by the status of their answer.
"""

from __future__ import annotations

from collections.abc import Mapping
import re
from typing import Any, NamedTuple

from roost_executor.runtimes import docker_faults as faults

NOT_FOUND, NOT_EXECUTABLE = 127, 126

# As runc and crun say it.
_MISSING = re.compile(
    r'executable file .*not found|exec: .*(no such file or directory|not a directory)',
    re.IGNORECASE,
)
_QUOTED = re.compile(r'^exec: ".*": ')


class Refusal(NamedTuple):
    """Why there is no program: one line for people, without its end, and an exit code."""

    text: str
    exit_code: int


def is_refusal(seen: Mapping[str, Any]) -> bool:
    """Tell whether what an engine shows of a command is that it never became a program.

    One that ran, and ended by such a code itself, had a pid.
    """
    return seen['ExitCode'] in (NOT_FOUND, NOT_EXECUTABLE) and not seen.get('Pid')


def understand(command: str, said: str) -> Refusal:
    """Find in what an engine said why a command could not be started."""
    if _MISSING.search(said):
        return Refusal(f'{command}: command not found in the container', NOT_FOUND)
    reason = _QUOTED.sub('', faults.plain(said))
    return Refusal(f'{command}: cannot be run in the container: {reason}', NOT_EXECUTABLE)
