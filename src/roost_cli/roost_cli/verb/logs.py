# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Show what the executables of a deployment write, also of one that was stopped.

Output of all executables on all devices is merged by time, as the devices tell it, and kept
over restarts, updates and the end of the deployment. With -f it goes on until Ctrl-C: through
restarts and updates, and over links that break and come back, without losing or repeating a
line. What programs write goes to stdout byte for byte; on a terminal, what it would obey is
shown as '?', but for colours (--raw: not even that).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
import os
import sys
from typing import TYPE_CHECKING

from roost_cli.connect import add_timeout, connect
from roost_cli.exits import Exit, Refused, RoostError, UsageError
from roost_cli.logs.device import DeviceLogs, NothingMore
from roost_cli.logs.forms import Form, Json, Text
from roost_cli.logs.history import Source, sources_of, written
from roost_cli.logs.live import Live
from roost_cli.logs.silence import refuse_unknown_generation, why_nothing
from roost_cli.logs.told import Told
from roost_cli.logs.when import FORMS, moment
from roost_cli.model import Deployment, Event, LogChoice
from roost_cli.options import add_deployment, add_place, natural, place_of, positive
from roost_cli.output import put, say
from roost_cli.placing import meant
from roost_core.event import EventKind
from roost_core.phase import Phase
from roost_core.problem import ResultCode
from roost_core.ticket import Purpose

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager

EXAMPLES = (
    'logs camera',
    'logs -f camera driver/main --tail 100',
    'logs camera --since 10m --timestamps',
    'logs camera --generation 2 --stream stderr -o json',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_deployment(parser)
    add_place(parser)
    option = parser.add_argument
    option('-f', '--follow', action='store_true', help='go on until interrupted')
    option('--since', type=moment, default=0.0, metavar='TIME', help=f'only from then on: {FORMS}')
    option('--until', type=moment, default=0.0, metavar='TIME', help='only what was before')
    option(
        '--generation', type=positive, default=0, metavar='N', help='only of this generation (all)'
    )
    option('--stream', choices=('stdout', 'stderr'), default='', help='only this one (both)')
    option(
        '-n',
        '--tail',
        type=natural,
        metavar='N',
        help='only the last N lines of each executable, 0 for nothing old (all)',
    )
    option('--timestamps', action='store_true', help='with the time of each line, in UTC')
    option('--no-prefix', action='store_true', help='without the names of executables')
    option('--raw', action='store_true', help='a terminal gets what programs write as it is')
    option(
        '-o', '--output', choices=('text', 'json'), default='text', help='json: one a line (text)'
    )
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    if args.follow and args.until:
        raise UsageError('--until is in the past, or --follow would end: choose one')
    if args.since and args.until and args.since >= args.until:
        raise UsageError('--since is not before --until: nothing is between them')
    component, executable = place_of(args)
    choice = LogChoice(
        generation=args.generation, stream=args.stream, since=args.since, until=args.until
    )
    told = Told(reads_on=args.follow)
    with connect(args.timeout) as manager:
        purpose = Purpose.FOLLOW if args.follow else Purpose.LOGS
        admissions, component, executable = meant(
            partial(manager.admissions, purpose, args.name), component, executable
        )
        id, name = admissions.deployment_id, admissions.deployment_name
        if args.generation and (deployment := _deployment(manager, id)):
            refuse_unknown_generation(deployment, args.generation)
        devices = [
            DeviceLogs(
                manager,
                name,
                lambda purpose: manager.admissions(purpose, id, component, executable),
                choice,
                purpose=purpose,
                tail=args.tail,
            )
            for name in sorted({*admissions.given, *admissions.missing})
        ]
        form = _form(args, name)
        sources = _sources(devices, told)
        is_empty = True
        for block in written(sources, form, told, keep_open=args.follow):
            is_empty &= not block
            put(block)
        if is_empty and told.complete and args.tail != 0:
            now = _deployment(manager, id)
            say(why_nothing(name, now, choice, sources, component, executable))
        if args.follow:
            return _go_on(manager, id, name, Live(told), devices, sources, form)
    return Exit.OK if told.complete else Exit.FAILED


def _form(args: argparse.Namespace, deployment: str) -> Form:
    if args.output == 'json':
        return Json(deployment)
    terminal = sys.stdout.isatty()
    return Text(
        prefixes=not args.no_prefix,
        timestamps=args.timestamps,
        colour=terminal and not os.environ.get('NO_COLOR'),
        harmless=terminal and not args.raw,
    )


def _sources(devices: Sequence[DeviceLogs], told: Told) -> list[Source]:
    found: list[Source] = []
    for device in devices:
        try:
            found += sources_of(device)
        except NothingMore:
            raise
        except RoostError as error:
            told.failed(device.device, error)
    return found


def _go_on(
    manager: Manager,
    id: str,
    name: str,
    live: Live,
    devices: Sequence[DeviceLogs],
    sources: Sequence[Source],
    form: Form,
) -> int:
    def on_event(event: Event) -> None:
        if event.deployment_id == id and event.kind in (EventKind.PHASE, EventKind.GENERATION):
            live.look_again()

    manager.listen(on_event)
    try:
        for block in live.blocks(devices, sources, form):
            put(block)
    except NothingMore as end:
        now = _deployment(manager, id)
        if now is not None and now.phase is Phase.DEPLOYMENT_STOPPED:
            say(f"'{name}' was stopped; that was its last line")
            return Exit.OK
        say(str(end))
    return Exit.FAILED


def _deployment(manager: Manager, id: str) -> Deployment | None:
    """Look at the deployment; networks have servers that write, and are none."""
    try:
        return manager.deployment(id).deployment
    except Refused as error:
        if error.code != ResultCode.NOT_FOUND:
            raise
        return None
