# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Paths of the files of a config: what can be laid down below any folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator
import re

# The definition relativePath of the schema, for paths that did not come in a manifest.
_SEGMENT = r'(?!\.{1,2}(?:/|$))[^/\x00-\x1f\x7f]{1,255}'
_RELATIVE = re.compile(f'{_SEGMENT}(?:/{_SEGMENT})*')
_MAX_LENGTH = 1024

# What file systems take for one name.
_MAX_SEGMENT_BYTES = 255


def is_relative(path: str) -> bool:
    """Tell whether a path leads from a folder to something below it, without detours."""
    return len(path) <= _MAX_LENGTH and _RELATIVE.fullmatch(path) is not None


def fits(path: str) -> bool:
    """Tell whether each part of a path is short enough for a file system."""
    return all(
        len(part.encode(errors='surrogatepass')) <= _MAX_SEGMENT_BYTES for part in path.split('/')
    )


def clashes(paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """Find each path that another one needs as a folder: the two of them."""
    known = frozenset(paths)
    for path in paths:
        at = path.find('/')
        while at > 0:
            if path[:at] in known:
                yield path[:at], path
            at = path.find('/', at + 1)
