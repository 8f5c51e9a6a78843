# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifest files and their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roost_core.manifest.reporter import Reporter
from roost_core.manifest.tree import Mark
from roost_core.problem import ResultCode

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFile:
    """A file as it was read; its name is for messages only, and nothing is read from it."""

    name: str
    text: str | bytes


def shown_name(file: ManifestFile) -> str:
    """Give the name of a file as problems tell it."""
    return file.name.encode(errors='backslashreplace').decode()


def read_texts(
    files: Sequence[ManifestFile], everything: Reporter
) -> Iterator[tuple[ManifestFile, str]]:
    """Decode the files, as far as they are not too large together."""
    left = MAX_BYTES
    for file in files:
        reporter = everything.of(file=shown_name(file))
        try:
            encoded = file.text.encode() if isinstance(file.text, str) else file.text
            text = encoded.decode('utf-8-sig')
        except UnicodeError as error:
            reporter.add(Mark(_line_of(error), 0), 'the file is not UTF-8', 'save it as UTF-8')
            continue
        left -= len(encoded)
        if left < 0:
            reporter.add(
                Mark(0, 0),
                'the files are larger than 1 MiB together',
                'apply them in parts',
                code=ResultCode.TOO_LARGE,
            )
            return
        yield file, text


def _line_of(error: UnicodeError) -> int:
    """Find the line of what cannot be decoded or encoded."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.count(b'\n', 0, error.start) + 1
    if isinstance(error, UnicodeEncodeError):
        return error.object.count('\n', 0, error.start) + 1
    return 0
