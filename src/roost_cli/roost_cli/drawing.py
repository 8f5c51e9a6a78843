# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph on a terminal, and in a file."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import sys

from roost_cli.exits import UsageError
from roost_cli.model import Picture
from roost_core.graph.text import to_text

WIDTH_IN_A_PIPE = 100


def draw(picture: Picture) -> None:
    """Draw the graph on stdout: coloured and fitted on a terminal, unless NO_COLOR is set."""
    terminal = sys.stdout.isatty()
    text = to_text(
        picture.graph,
        colour=terminal and not os.environ.get('NO_COLOR'),
        width=shutil.get_terminal_size().columns if terminal else WIDTH_IN_A_PIPE,
    )
    sys.stdout.write(text or 'nothing is deployed, and no ROS node is seen\n')


def refuse_unwritable(file: Path) -> None:
    """Refuse a file that cannot be written, before anybody is asked for its content.

    Raises:
        UsageError: it says why.
    """
    if not file.parent.is_dir():
        raise UsageError(f"'{file}' cannot be written: there is no folder '{file.parent}'")
    if file.is_dir():
        raise UsageError(f"'{file}' cannot be written: it is a folder")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise UsageError(f"'{file}' cannot be written: permission denied")


def write_picture(file: Path, content: bytes) -> None:
    """Write what was drawn.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UsageError(f"'{file}' cannot be written: {error.strerror}") from error
