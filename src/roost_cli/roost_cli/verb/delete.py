# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Delete what manifests describe, or what is named: dependants first.

Deployments, networks and volumes are deprovisioned; what a volume holds on a device goes with it,
unless it is a folder of the device. Packages, secrets and configs go when the last deployment
that uses them has stopped. All of it is refused, with the names, when something that stays needs
it; --force does it all the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from roost_cli.completion import complete_names
from roost_cli.connect import connect
from roost_cli.exits import Exit, UsageError
from roost_cli.files import read_files
from roost_cli.following import goes_on, targets_of, wait_until_stopped
from roost_cli.kinds import KIND_OF, SINGULARS
from roost_cli.options import add_names, add_output, add_wait
from roost_cli.output import say
from roost_cli.planned import show_plan
from roost_core.resource import ResourceKind, ResourceRef

EXAMPLES = (
    'delete -f camera.yaml map.yaml',
    'delete -f fleet/ --dry-run',
    'delete deployment camera map --wait',
    'delete package camera:1.0',
    'delete network lab --force',
)

_KINDS = SINGULARS.replace(' device,', '')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command line."""
    parser.add_argument('kind', nargs='?', default='', metavar='KIND', help=_KINDS)
    add_names(
        parser,
        'names',
        complete_names,
        nargs='*',
        metavar='NAME',
        help='names; of a package NAME:VERSION for one version, NAME for all',
    )
    parser.add_argument(
        '-f',
        '--file',
        action='extend',
        nargs='+',
        default=[],
        dest='files',
        metavar='FILE',
        help="what these manifests, or folders of manifests, describe; '-' reads standard input",
    )
    parser.add_argument(
        '--dry-run', action='store_true', help='check and print the plan, change nothing'
    )
    parser.add_argument('--force', action='store_true', help='also what others that stay need')
    add_wait(parser, 'all of it is stopped', 120.0)
    add_output(parser, 'table', 'json', 'yaml')


def main(args: argparse.Namespace) -> int:
    """Run the verb."""
    from roost_cli.sending import described  # the reader of manifests is slow to import

    named = references(args.kind, args.names)
    if not named and not args.files:
        raise UsageError('name what to delete: -f FILE, or KIND NAME...')
    bundle, secrets = described(read_files(args.files))
    with connect() as manager:
        # A secret leaves this machine as a name only; that it is gone already is no error.
        known = {each.name for each in manager.secrets()} if secrets else set()
        named += [ResourceRef(ResourceKind.SECRET, name) for name in secrets if name in known]
        changes, refusal = manager.delete(
            bundle,
            named,
            force=args.force,
            dry_run=args.dry_run,
        )
        show_plan(changes, refusal, args.output)
        if args.dry_run:
            say('this was a dry run: nothing is changed')
        elif args.wait and (targets := targets_of(changes, action='delete')):
            with goes_on('the removal goes on: roost get'):
                wait_until_stopped(manager.follow(targets, args.timeout))
    return Exit.OK


def references(word: str, names: Sequence[str]) -> list[ResourceRef]:
    """Read what is named on the command line.

    Raises:
        UsageError: it is no kind that can be deleted, or no name is given.
    """
    if not word:
        return []
    kind = KIND_OF.get(word)
    if kind is None:
        raise UsageError(f"there is no kind '{word}'; kinds are {_KINDS}; for files: -f FILE")
    if kind.resource is None:
        raise UsageError('a device is not deleted but forgotten: roost forget DEVICE')
    if not names:
        raise UsageError(f'name the {kind.plural} to delete')
    if kind.resource is not ResourceKind.PACKAGE:
        return [ResourceRef(kind.resource, name) for name in names]
    split = [name.partition(':') for name in names]
    return [ResourceRef(kind.resource, name, version) for name, _, version in split]
