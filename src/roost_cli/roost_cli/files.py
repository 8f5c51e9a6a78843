# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifest files as named on a command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import sys

from roost_cli.exits import UsageError

_SUFFIXES = ('.yaml', '.yml')


def read_files(names: Sequence[str]) -> list[tuple[str, str]]:
    """Read files, the manifests of folders, and '-' as standard input: names and texts.

    Raises:
        UsageError: one cannot be read, or is no text.
    """
    return [(name, _read(name)) for given in names for name in _expand(given)]


def _expand(name: str) -> list[str]:
    folder = Path(name)
    if name == '-' or not folder.is_dir():
        return [name]
    found = sorted(str(path) for path in folder.iterdir() if path.suffix in _SUFFIXES)
    if not found:
        raise UsageError(f"there is no manifest (*.yaml, *.yml) in folder '{name}'")
    return found


def _read(name: str) -> str:
    try:
        if name == '-':
            return sys.stdin.read()
        return Path(name).read_text(encoding='utf-8')
    except OSError as error:
        raise UsageError(f"'{name}' cannot be read: {error.strerror}") from error
    except UnicodeError as error:
        raise UsageError(f"'{name}' is not UTF-8 text") from error
