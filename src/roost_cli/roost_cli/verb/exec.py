# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Run a command beside an executable that runs, without a terminal.

It has the environment, files and user of the executable. Its standard output and error come
out apart, byte for byte; -i hands standard input on. The exit code is that of the command, 126
or 127 when it cannot be run, 128 + n after signal n; 255 when it is not known, or nothing was
run. Ctrl-C and SIGTERM go to the command; a second one ends it.
"""

from __future__ import annotations

import argparse
import contextlib
from functools import partial
import os
import queue
import signal
import threading

from roost_cli.connect import add_timeout, connect
from roost_cli.exits import RoostError, UsageError
from roost_cli.options import add_command, add_deployment, add_place, place_of
from roost_cli.output import discard, put, say, unwritten
from roost_cli.placing import meant
from roost_cli.sessions.entering import as_not_run, entered, exit_code_of
from roost_cli.sessions.link import End, Link
from roost_core.ticket import Purpose

EXAMPLES = (
    'exec camera -- ros2 topic list',
    'exec camera driver/main -- cat /etc/os-release',
    'exec camera -i -- tar -xf - -C /data',
)

_READ_BYTES = 65536


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_place(parser, 'beside this one; needed when several run')
    add_command(parser, 'program and arguments, not given to a shell')
    parser.add_argument('-i', '--stdin', action='store_true', help='hand standard input on')
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    if not args.command:
        told = f"name what to run behind '--': roost exec {args.name} -- COMMAND"
        if args.place:
            told = (
                f"name what to run behind '--': roost exec {args.name} {args.place} -- COMMAND,"
                f" or, if it is '{args.place}', roost exec {args.name} -- {args.place}"
            )
        raise UsageError(told)
    component, executable = place_of(args)
    happened: queue.SimpleQueue[End | int] = queue.SimpleQueue()
    with as_not_run(), connect(args.timeout) as manager:
        ask = partial(manager.admissions, Purpose.EXEC, args.name)
        opened = entered(
            lambda: meant(ask, component, executable)[0],
            lambda admission: manager.exec(admission, args.command, stdin=args.stdin),
        )
        link = Link(
            manager,
            opened,
            show=lambda is_error, data: put(data, is_error=is_error),
            tell=say,
            on_end=happened.put,
        )
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda number, _: happened.put(number))
        link.start()
        if args.stdin:
            threading.Thread(target=_hand_on_input, args=(link,), daemon=True).start()
        signals = 0
        try:
            while not isinstance(end := happened.get(), End):
                signals += 1
                if signals > 1:
                    return 128 + end
                manager.close_session(opened, end)
        finally:
            link.stop()
            with contextlib.suppress(RoostError):  # it is ended in a while without us
                manager.close_session(opened)
        try:
            code = exit_code_of(end)
        except BrokenPipeError:
            discard()
            return 128 + signal.SIGPIPE
        except OSError as error:
            discard()
            raise RoostError(unwritten(error)) from error
    if end.reason:
        say(end.reason)
    return code


def _hand_on_input(link: Link) -> None:
    try:
        while data := os.read(0, _READ_BYTES):
            link.type(data)
    except OSError as error:
        say(f'standard input cannot be read: {error.strerror}')
    finally:
        link.end_input()
