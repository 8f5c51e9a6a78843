# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw which deployment needs and talks to which, from the live ROS graph."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys

from roost_cli.connect import add_timeout, connect
from roost_cli.drawing import draw, write_picture
from roost_cli.exits import Exit, UsageError
from roost_cli.options import add_names
from roost_cli.output import say
from roost_core.graph.text import to_text

EXAMPLES = (
    'graph',
    'graph turtle --depth 1',
    'graph -o graph.svg --running',
    'graph -o dot --infrastructure',
)

FORMATS = ('text', 'dot', 'svg', 'png', 'json')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    add_names(
        parser,
        'root',
        nargs='?',
        default='',
        metavar='DEPLOYMENT',
        help='mark this one, and show only what is connected with it',
    )
    parser.add_argument(
        '--depth', type=int, default=0, metavar='N', help='at most so many arrows from DEPLOYMENT'
    )
    parser.add_argument(
        '-o',
        '--output',
        default='text',
        metavar='FORMAT|FILE',
        help=f'{", ".join(FORMATS)}; or a file whose name ends so, such as graph.svg (text)',
    )
    parser.add_argument(
        '--network', default='', metavar='NAME', help='only ROS communication of this network'
    )
    switch = parser.add_argument
    switch('--no-communication', action='store_true', help='dependencies only')
    switch('--running', action='store_true', help='leave out deployments that are not running')
    switch('--infrastructure', action='store_true', help="also /rosout and the like, and Roost's")
    switch('--open', action='store_true', help='each ROS node of no deployment by itself')
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    form, file = _format_and_file(args.output)
    if form == 'png' and file is None and sys.stdout.isatty():
        raise UsageError('a PNG is no text for a terminal: name a file, -o graph.png')
    if args.depth < 0 or (args.depth and not args.root):
        raise UsageError('--depth counts arrows from a DEPLOYMENT: name one')
    with connect(args.timeout) as manager:
        picture = manager.graph(
            root=args.root,
            depth=args.depth,
            network=args.network,
            hide_communication=args.no_communication,
            hide_not_running=args.running,
            show_infrastructure=args.infrastructure,
            open_foreign=args.open,
            format='' if form == 'text' else form,
        )
    if form == 'text' and file is None:
        draw(picture)
        return Exit.OK
    content = to_text(picture.graph).encode() if form == 'text' else picture.content
    if file is None:
        sys.stdout.buffer.write(content if form == 'png' else content.rstrip() + b'\n')
        return Exit.OK
    write_picture(file, content)
    arrows = ', '.join(f'{count} {kind}' for kind, count in picture.arrows.items())
    say(f"wrote '{file}': {len(picture.graph.vertices)} vertices; arrows: {arrows}")
    return Exit.OK


def _format_and_file(output: str) -> tuple[str, Path | None]:
    if output in FORMATS:
        return output, None
    suffix = Path(output).suffix.removeprefix('.').replace('txt', 'text')
    if suffix not in FORMATS:
        raise UsageError(f"-o '{output}' is none of {', '.join(FORMATS)}, nor a file named so")
    return suffix, Path(output)
