# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Show what happened, and with -f what happens."""

from __future__ import annotations

import argparse
import json
import queue

from roost_cli.connect import add_timeout, connect
from roost_cli.eventing import event_line, without_gaps
from roost_cli.exits import Exit
from roost_cli.model import Event
from roost_cli.options import add_names
from roost_cli.output import document, printable

EXAMPLES = ('events', 'events -f camera', 'events --since 1200 -o json')

RESYNC_SEC = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_names(
        parser, 'deployment', nargs='?', default='', metavar='DEPLOYMENT', help='name or id (all)'
    )
    parser.add_argument('-f', '--follow', action='store_true', help='go on until interrupted')
    parser.add_argument(
        '--since', type=int, default=0, metavar='NUMBER', help='only after this event'
    )
    parser.add_argument(
        '-n', '--limit', type=int, default=100, metavar='N', help='the newest N of them (100)'
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
        events, last = manager.events(
            deployment=wanted, since=args.since, limit=args.limit, latest=True
        )
        for event in events:
            _print(event, args.output)
        if args.follow:
            # Numbers run over all deployments: a gap shows only in the whole stream.
            stream = without_gaps(
                heard, lambda number: manager.events(since=number), last, RESYNC_SEC
            )
            for event in stream:
                if wanted in ('', event.deployment_id):
                    _print(event, args.output)
    return Exit.OK


def _print(event: Event, form: str) -> None:
    if form == 'json':
        print(json.dumps(document(event), ensure_ascii=False), flush=True)
    else:
        print(printable(event_line(event)), flush=True)
