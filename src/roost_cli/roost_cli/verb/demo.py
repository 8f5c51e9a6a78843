# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Show Roost at work on this machine: a fleet, three deployments, and who talks to whom.

Everything is started, shown, and gone at the end, which is Ctrl-C or, with --once, by itself. It
is on the ROS domain that ROS_DOMAIN_ID says, which nobody else may use here, or on a free one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from roost_cli.demonstration import demonstrate
from roost_cli.installed import example

EXAMPLES = ('demo', 'demo --once --svg graph.svg', 'demo --docker')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument(
        '--once',
        action='store_true',
        help='end by itself: 0 only if all ran and all kinds of arrow were seen',
    )
    parser.add_argument(
        '--docker', action='store_true', help='as containers of the engine that is reachable here'
    )
    parser.add_argument(
        '--svg',
        type=Path,
        metavar='FILE',
        help='keep the picture of the graph here; without it, it goes with the rest',
    )
    parser.add_argument('--manifest', metavar='FILE', help='deploy this instead')


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    runtime = 'docker' if args.docker else 'preinstalled'
    manifest = args.manifest or str(example(runtime))
    return demonstrate(manifest, runtime=runtime, once=args.once, svg=args.svg)
