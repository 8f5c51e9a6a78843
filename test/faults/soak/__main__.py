# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Let a fleet live through much at random, and say what did not hold."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import random
import sys
import time

from faults.operator import Operator
from faults.soak.life import EXECUTOR_PARAMETERS, MANAGER_PARAMETERS, Soak
from testbed import busybox, Fleet, Site


def main(arguments: Sequence[str]) -> int:
    """Run a soak; return 0 if all held."""
    parser = argparse.ArgumentParser(prog='scripts/soak', description=__doc__)
    parser.add_argument('--operations', type=int, default=300, help='so many things happen (300)')
    parser.add_argument('--seed', type=int, help='of what is chosen (a random one)')
    parser.add_argument('--devices', type=int, default=3, help='so many devices (3)')
    parser.add_argument('--live-restore', action='store_true', help='containers outlive engines')
    args = parser.parse_args(arguments)
    seed = random.randrange(1_000_000) if args.seed is None else args.seed
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f'{time.monotonic() - began:7.1f} s  {text}\n')
        sys.stdout.flush()

    say(f'seed {seed}')
    with Site([busybox()]) as site, fleet_of(site, args) as fleet:
        try:
            Soak(Operator(fleet).ready(), seed, say).run(args.operations)
        except BaseException as finding:
            for process in site.processes:
                say(process.tail())
            say(f'FAILED: {finding!r}')
            again = f'scripts/soak --operations {args.operations} --devices {args.devices}'
            again += ' --live-restore' if args.live_restore else ''
            say(f'again: {again} --seed {seed}')
            if isinstance(finding, AssertionError):
                return 1
            raise
    say('all held')
    return 0


def fleet_of(site: Site, args: argparse.Namespace) -> Fleet:
    """Make the fleet of a soak."""
    return Fleet(
        site,
        args.devices,
        live_restore=args.live_restore,
        introspection=None,
        manager_parameters=MANAGER_PARAMETERS,
        executor_parameters=EXECUTOR_PARAMETERS,
    )


sys.exit(main(sys.argv[1:]))
