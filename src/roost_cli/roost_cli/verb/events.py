# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Show what happened, and with -f what happens.

Events are numbered without gaps. With --since, all that are kept after a number are shown; with
-f each further one is shown once, also those that happened while the manager was restarted or
could not be reached.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
import json
import queue

from roost_cli.connect import add_timeout, connect
from roost_cli.eventing import event_line, patient, replayed, without_gaps
from roost_cli.exits import Exit
from roost_cli.model import Event
from roost_cli.options import add_names, natural
from roost_cli.output import document, printable, say

EXAMPLES = ('events', 'events -f camera', 'events -f --since 1200 -o json')

RESYNC_SEC = 5.0
USUAL_LIMIT = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_names(
        parser, 'deployment', nargs='?', default='', metavar='DEPLOYMENT', help='name or id (all)'
    )
    parser.add_argument('-f', '--follow', action='store_true', help='go on until interrupted')
    parser.add_argument(
        '--since', type=_number, metavar='NUMBER', help='all after the event of this number'
    )
    parser.add_argument(
        '-n',
        '--limit',
        type=natural,
        metavar='N',
        help=f'only the newest N ({USUAL_LIMIT}; all with --since)',
    )
    parser.add_argument(
        '-o', '--output', choices=('text', 'json'), default='text', help='json: one a line (text)'
    )
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with connect(args.timeout) as manager:
        if args.follow:
            manager.listen(heard.put)
        wanted = ''
        if args.deployment:
            wanted = manager.deployment(args.deployment).deployment.id
        last = args.since or 0
        if args.since is None or args.limit is not None:
            limit = USUAL_LIMIT if args.limit is None else args.limit
            listed, newest = manager.events(
                deployment=wanted, since=last, limit=limit, latest=True
            )
            events: Iterable[Event] = listed if limit else ()
        else:
            newest = manager.events(limit=1, latest=True)[1]
            events = replayed(lambda number: manager.events(deployment=wanted, since=number), last)
        if last > newest:
            say(f'there is no event {last} yet: the number of the newest is {newest}')
        last = max(last, newest)
        for event in events:
            _print(event, args.output)
            last = max(last, event.number)
        if args.follow:
            # Numbers run over all deployments: a gap shows only in the whole stream.
            read_since = patient(lambda number: manager.events(since=number))
            for event in without_gaps(heard, read_since, last, RESYNC_SEC):
                if wanted in ('', event.deployment_id):
                    _print(event, args.output)
    return Exit.OK


def _number(text: str) -> int:
    """Read the number of an event; numbers of events do not end where others do."""
    if not (text.isascii() and text.isdecimal()) or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(
            f"'{text:.40}' is no number of an event: that is the first word of each line of"
            ' `roost events`'
        )
    return int(text)


def _print(event: Event, form: str) -> None:
    if form == 'json':
        print(json.dumps(document(event), ensure_ascii=False), flush=True)
    else:
        print(printable(event_line(event)), flush=True)
