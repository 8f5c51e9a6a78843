# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is to be run, as whom and where; and the turning of a forked child into it."""

from __future__ import annotations

from collections.abc import Callable
import errno
import os
import signal
from typing import NoReturn

from . import family

NOT_FOUND, NOT_EXECUTABLE = 127, 126

# By which exit code a command that cannot be executed is told.
MISSING = {
    errno.ENOENT: NOT_FOUND,
    errno.ENOTDIR: NOT_FOUND,
    errno.EACCES: NOT_EXECUTABLE,
    errno.ENOEXEC: NOT_EXECUTABLE,
    errno.EISDIR: NOT_EXECUTABLE,
}


class Failed(Exception):
    """A command could not be started.

    Attributes:
        stage: word for what went wrong.
        number: errno.
    """

    def __init__(self, stage: str, number: int) -> None:
        super().__init__(f'{stage} {number}')
        self.stage = stage
        self.number = number


class Options:
    """What the command line says: NAME=VALUE ... -- COMMAND ..."""

    def __init__(self, arguments: list[str]) -> None:
        split = arguments.index('--')
        self.command = arguments[split + 1 :]
        self.values = values = dict(argument.split('=', 1) for argument in arguments[:split])
        self.cwd = values.get('cwd', '/')
        self.uid = int(values['uid']) if 'uid' in values else None
        self.gid = int(values['gid']) if 'gid' in values else None
        self.groups = [int(each) for each in values.get('groups', '').split(',') if each]
        self.limits = [
            (int(name.removeprefix('limit.')), *map(int, value.split(':')))
            for name, value in values.items()
            if name.startswith('limit.')
        ]


def environment_of(text: bytes) -> dict[str, str]:
    """Read an environment: NUL after each variable."""
    variables = os.fsdecode(text).split('\0')
    return dict(variable.split('=', 1) for variable in variables if variable)


def become(
    options: Options, environment: dict[str, str], *, ready: Callable[[], None]
) -> NoReturn:
    """Turn this process into the command, which dies with its parent.

    Args:
        ready: called last of all, as whom the command runs.

    Raises:
        Failed: it could not.
    """
    stage = 'limit'
    try:
        if options.limits:
            import resource

            for kind, soft, hard in options.limits:
                try:
                    resource.setrlimit(kind, (soft, hard))
                except ValueError:  # what it raises where others raise EPERM
                    raise PermissionError(errno.EPERM, 'limit') from None
        stage = 'user'
        if options.gid is not None:
            os.setgroups(options.groups)
            os.setgid(options.gid)
        elif options.groups:
            os.setgroups([*os.getgroups(), *options.groups])
        if options.uid is not None:
            os.setuid(options.uid)
        stage = 'cwd'
        os.chdir(options.cwd)
        stage = 'exec'
        family.die_with_parent()  # after the change of user, which undoes it
        ready()
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)  # nohup and shells have some ignored
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvpe(options.command[0], options.command, environment)
    except OSError as error:
        raise Failed(stage, error.errno or 0) from error
