# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Folders that documents of kind Config take their files from (`filesFrom`).

Nothing is read here: the client reads the folders that are named, relative to their manifest, and
whoever loads the manifest is given what was in them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from roost_core.config import ConfigSpec, MAX_CONFIG_BYTES
from roost_core.manifest.compose import Budget, compose
from roost_core.manifest.files import ManifestFile, read_texts
from roost_core.manifest.findings import text_at
from roost_core.manifest.paths import clashes, fits, is_relative
from roost_core.manifest.reporter import Reporter
from roost_core.manifest.scalars import shown
from roost_core.manifest.tree import get, Mark, Node, Path
from roost_core.problem import ResultCode
from roost_core.resource import ResourceKind

# (name of the manifest file, folder as it writes it) -> path in the folder -> content.
Folders = Mapping[tuple[str, str], Mapping[str, bytes]]

_PATH: Path = ('spec', 'filesFrom')


def folders_named(file: ManifestFile) -> list[str]:
    """List the folders that a manifest takes files from, each once.

    Each leads to something below the folder of the manifest, symbolic links aside. Never raises;
    what is wrong with the manifest is left to those who load it.
    """
    nobody = Reporter()
    found = [
        text_at(root, _PATH) or ''
        for _, text in read_texts([file], nobody)
        for root in compose(text, nobody, Budget())
        if text_at(root, ('kind',)) == ResourceKind.CONFIG
    ]
    return [folder for folder in dict.fromkeys(found) if is_relative(folder)]


def fill(
    config: ConfigSpec, root: Node, file: ManifestFile, folders: Folders, reporter: Reporter
) -> ConfigSpec:
    """Give a config the files of its folder; report it when they are not there, or not right."""
    if not config.files_from:
        return config
    node = get(root, _PATH)
    mark = node.mark if node else root.mark
    files = folders.get((file.name, config.files_from))
    if files is None:
        message = f'the folder {shown(config.files_from)} was not sent'
        reporter.add(mark, message, '`roost apply` does that', path=_PATH)
        return config
    if not files:
        message = f'the folder {shown(config.files_from)} has no files'
        reporter.add(mark, message, 'a config has at least one', path=_PATH)
    report_files(files, mark, reporter)
    return replace(config, files=dict(files))


def report_files(files: Mapping[str, bytes], mark: Mark, reporter: Reporter) -> None:
    """Report what is wrong with the files of a config: their paths, and their size together."""
    for message in _wrong_paths(files):
        reporter.add(mark, message, 'rename it', path=_PATH)
    if sum(map(len, files.values())) > MAX_CONFIG_BYTES:
        reporter.add(
            mark,
            f'its files have more than {MAX_CONFIG_BYTES // 2**20} MiB together',
            'what is larger belongs into an image or a volume',
            path=_PATH,
            code=ResultCode.TOO_LARGE,
        )


def _wrong_paths(names: Collection[str]) -> Iterator[str]:
    for name in names:
        if not (is_relative(name) and fits(name)):
            yield f'the path {shown(name)} is not possible in a config'
    for folder, name in clashes(names):
        yield f'{shown(folder)} cannot be both a file and the folder of {shown(name)}'
