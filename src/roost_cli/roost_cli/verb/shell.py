# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Open a terminal beside an executable that runs: a shell, or a command.

It has the environment, files and user of the executable. All keys go to the program, Ctrl-C
too; Enter ~ . leaves it running for a while, and tells how to come back; Enter ~ ~ types a ~.
A link that breaks is tried again for as long as the session is kept, and nothing is lost. The
exit code is that of the program; 255 when it is not known, or nothing was run.
"""

from __future__ import annotations

import argparse
from functools import partial
import os
import sys

from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit, RoostError, UsageError
from roost_cli.model import SessionOpened
from roost_cli.options import add_command, add_deployment, add_place, place_of
from roost_cli.output import say
from roost_cli.placing import meant
from roost_cli.sessions.entering import as_not_run, entered, exit_code_of
from roost_cli.sessions.escape import LEAVE_KEYS
from roost_cli.sessions.link import End, Link, Wire
from roost_cli.sessions.terminal import Left, Terminal
from roost_core.ticket import Purpose

EXAMPLES = (
    'shell camera',
    'shell camera driver/main -- top -d 1',
    'shell camera --session 0123456789abcdef0123456789abcdef',
)

# What was typed before the keys that leave is still sent, if that can be done soon.
LEAVING_SEC = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_place(parser, 'beside this one; needed when several run')
    add_command(parser, 'what to run (bash, or sh)')
    parser.add_argument(
        '--session', default='', metavar='ID', help='come back to a session that was left'
    )
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    if not sys.stdin.isatty():
        raise UsageError(
            'standard input is no terminal: `roost exec` runs commands without one,'
            ' `roost exec -i` with input'
        )
    if args.session and args.command:
        raise UsageError('--session comes back to what runs already: it takes no command')
    component, executable = place_of(args)
    terminal = Terminal()
    with as_not_run(), connect(args.timeout) as manager:
        columns, rows = terminal.size
        ask = partial(manager.admissions, Purpose.SHELL, args.name)
        opened = entered(
            lambda: meant(ask, component, executable)[0],
            lambda admission: manager.open_shell(
                admission,
                args.command,
                terminal=os.environ.get('TERM', ''),
                columns=columns,
                rows=rows,
                session=args.session,
            ),
        )
        say(
            f'{opened.place} on {opened.device}; {LEAVE_KEYS} leaves, and the program goes on for'
            f' {opened.keep_sec:g} s; come back with --session {opened.session}'
        )
        try:
            end = talk(manager, opened, terminal)
        except Left as left:
            say(
                f'\nleft; come back: roost shell {args.name} {opened.place}'
                f' --session {opened.session}'
            )
            return 128 + left.signal if left.signal else Exit.OK
        code = exit_code_of(end)
        if end.reason:
            say(f'\n{end.reason}')
        try:
            manager.close_session(opened)
        except RoostError as error:
            say(f'the session was not closed, it will be in a while: {error}')
        return code


def talk(wire: Wire, opened: SessionOpened, terminal: Terminal) -> End:
    """Hand on keys and output until the program ends.

    Raises:
        Left: it goes on.
    """
    ends: list[End] = []

    def on_end(end: End) -> None:
        ends.append(end)
        terminal.wake()

    link = Link(
        wire,
        opened,
        show=lambda _, data: terminal.write(data),
        tell=terminal.tell,
        on_end=on_end,
    )
    with terminal.raw():
        link.start()
        try:
            terminal.hand_on(link.type, link.resize)
        except Left:
            link.flush(LEAVING_SEC)
            raise
        finally:
            link.stop()
            if not ends or ends[0].error:
                terminal.calm()
    return ends[0]
