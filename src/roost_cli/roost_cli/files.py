# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifest files as named on a command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
import sys

from roost_cli.exits import UsageError
from roost_core.config import MAX_CONFIG_BYTES

_SUFFIXES = ('.yaml', '.yml')


def read_files(names: Sequence[str]) -> list[tuple[str, str]]:
    """Read files, the manifests of folders, and '-' as standard input: names and texts.

    Raises:
        UsageError: one cannot be read, or is no text.
    """
    return [(name, _read(name)) for given in names for name in manifests_of(given)]


def read_folder(manifest: str, folder: str) -> dict[str, bytes]:
    """Read all files of a folder that a manifest names, by their path in it.

    Args:
        manifest: name of its file; the folder is beside it, for '-' in the present one.

    Raises:
        UsageError: it cannot be read, or is too large.
    """
    root = Path(folder) if manifest == '-' else Path(manifest).parent / folder
    if not root.is_dir():
        raise UsageError(f"there is no folder '{root}', which '{manifest}' names as filesFrom")
    found: dict[str, bytes] = {}
    size = 0
    try:
        for path in _files_in(root):
            size += path.stat().st_size
            if size > MAX_CONFIG_BYTES:
                most = MAX_CONFIG_BYTES // 2**20
                raise UsageError(f"'{root}' holds more than {most} MiB: too much for a config")
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    except OSError as error:
        raise UsageError(f"'{error.filename}' cannot be read: {error.strerror}") from error
    return found


def _files_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink():  # a link could lead round in a circle
            yield from _files_in(path)


def manifests_of(name: str) -> list[str]:
    """Name the manifests of a folder; a file, or '-', is the only one of itself."""
    if not is_folder(name):
        return [name]
    folder = Path(name)
    found = sorted(str(path) for path in folder.iterdir() if path.suffix in _SUFFIXES)
    if not found:
        raise UsageError(f"there is no manifest (*.yaml, *.yml) in folder '{name}'")
    return found


def is_folder(name: str) -> bool:
    """Tell whether a name on the command line is that of a folder of manifests."""
    return name != '-' and Path(name).is_dir()


def _read(name: str) -> str:
    try:
        if name == '-':
            return sys.stdin.read()
        return Path(name).read_text(encoding='utf-8')
    except OSError as error:
        raise UsageError(f"'{name}' cannot be read: {error.strerror}") from error
    except UnicodeError as error:
        raise UsageError(f"'{name}' is not UTF-8 text") from error
