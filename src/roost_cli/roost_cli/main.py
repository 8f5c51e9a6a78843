# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Deploy ROS 2 software to a fleet, and see what runs and who talks to whom."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import os
import sys


def main(argv: Sequence[str] | None = None) -> int:
    """Run `roost`."""
    # Those that are closed: or the next file that is opened would be taken for them.
    for name, mode in (('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w')):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - until the end
    # Most of a short life is spent on imports, and Ctrl-C ends it as quietly there.
    try:
        return _main(argv)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def _main(argv: Sequence[str] | None) -> int:
    import argcomplete

    from roost_cli.command import add_verbs, Parser, run
    from roost_cli.exits import EXITS_HELP
    from roost_cli.version import version

    parser = Parser(
        prog='roost',
        description=__doc__,
        epilog=EXITS_HELP + '\n`roost VERB --help` tells more. Completion: '
        'eval "$(register-python-argcomplete roost)"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'roost {version()}')
    add_verbs(parser)
    argcomplete.autocomplete(parser)
    return run(parser, parser.parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
