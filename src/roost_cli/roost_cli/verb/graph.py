# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw which deployment needs and talks to which, from the live ROS graph.

What is wrong with the graph is told below it: networks that are not watched, what is declared
and not seen, ends that miss each other or cannot talk. --findings shows that alone; --who-needs
tells who would suffer if something stopped, directly or through others.
"""

from __future__ import annotations

import argparse
import glob
import json
from pathlib import Path
import sys

from roost_cli.columns import COLUMNS
from roost_cli.completion import complete_networks, complete_things
from roost_cli.connect import add_timeout, connect
from roost_cli.drawing import draw, refuse_unwritable, write_picture
from roost_cli.exits import Exit, UsageError
from roost_cli.options import add_names, positive
from roost_cli.output import document, say, show, show_document
from roost_core.graph.text import to_text

EXAMPLES = (
    'graph',
    'graph turtle --depth 1',
    'graph -o graph.svg --running',
    'graph -o dot --infrastructure',
    'graph --findings',
    'graph --who-needs simulator',
    "graph --who-needs 'topic /sim/pose' -o json",
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
        '--depth',
        type=positive,
        default=0,
        metavar='N',
        help='at most so many arrows from DEPLOYMENT',
    )
    add_names(
        parser,
        '-o',
        complete_output,
        '--output',
        default='text',
        metavar='FORMAT|FILE',
        help=f'{", ".join(FORMATS)}; or a file whose name ends so, such as graph.svg (text)',
    )
    add_names(
        parser,
        '--network',
        complete_networks,
        default='',
        metavar='NAME',
        help='only ROS communication of this network',
    )
    switch = parser.add_argument
    switch('--findings', action='store_true', help='only what is wrong with the graph')
    add_names(
        parser,
        '--who-needs',
        complete_things,
        default='',
        metavar='THING',
        help='who would suffer if this deployment, network, volume, device, node, topic, service'
        ' or action stopped',
    )
    switch('--no-communication', action='store_true', help='dependencies only')
    switch('--running', action='store_true', help='leave out deployments that are not running')
    switch('--infrastructure', action='store_true', help="also /rosout and the like, and Roost's")
    switch('--open', action='store_true', help='each ROS node of no deployment by itself')
    add_timeout(parser)


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    form, file = _format_and_file(args.output)
    if file is not None:
        refuse_unwritable(file)
    if form == 'png' and file is None and sys.stdout.isatty():
        raise UsageError('a PNG is no text for a terminal: name a file, -o graph.png')
    if args.depth and not (args.root or args.who_needs):
        raise UsageError('--depth counts arrows from a DEPLOYMENT: name one')
    if args.findings or args.who_needs:
        return _answer(args, form, file)
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


def _answer(args: argparse.Namespace, form: str, file: Path | None) -> int:
    """Show a table instead of the graph."""
    if form not in ('text', 'json') or (file is not None and form == 'text'):
        raise UsageError('--findings and --who-needs give text, or -o json, or -o FILE.json')
    if args.findings and args.who_needs:
        raise UsageError('--findings and --who-needs are two questions: ask one')
    with connect(args.timeout) as manager:
        if args.who_needs:
            answer = manager.who_needs(args.who_needs, network=args.network, depth=args.depth)
        else:
            graph = manager.graph(root=args.root, network=args.network, format='').graph
    if form == 'json':
        if args.who_needs:
            told = document(answer)
        else:
            networks = [each for each in graph.networks if each.message]
            told = document({'findings': graph.findings, 'not_watched': networks})
        _give(told, file)
    elif args.who_needs:
        if answer.needs:
            show(answer.needs, 'table', columns=COLUMNS['needs'])
        say(answer.summary)
    else:
        for each in graph.networks:
            if each.message:
                say(f'network {each.name} (domain {each.domain_id}): {each.message}')
        if graph.findings:
            show(graph.findings, 'table', columns=COLUMNS['findings'])
        else:
            say('nothing was found')
    return Exit.OK


def _give(told: object, file: Path | None) -> None:
    """Give a document to programs."""
    if file is None:
        show_document(told, 'json')
        return
    write_picture(file, json.dumps(told, indent=2, ensure_ascii=False).encode() + b'\n')
    say(f"wrote '{file}'")


def complete_output(prefix: str, **_: object) -> list[str]:
    """Offer formats; for what is none of them, files that are there or could be."""
    formats = [each for each in FORMATS if each.startswith(prefix)]
    if formats:
        return formats
    named = [f'{prefix}{suffix}' for suffix in FORMATS] if prefix.endswith('.') else []
    return [*named, *glob.glob(f'{glob.escape(prefix)}*')]


def _format_and_file(output: str) -> tuple[str, Path | None]:
    if output in FORMATS:
        return output, None
    suffix = Path(output).suffix.removeprefix('.').replace('txt', 'text')
    if suffix not in FORMATS:
        raise UsageError(
            f"-o '{output}' is none of {', '.join(FORMATS)},"
            ' nor a file whose name ends in .txt, .dot, .svg, .png or .json'
        )
    return suffix, Path(output)
