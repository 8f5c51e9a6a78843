# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Manifests made ready to leave this machine: secrets sealed, folders attached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from roost_cli.exits import Refused
from roost_cli.files import read_folder
from roost_core.document import canonical_json
from roost_core.manifest import (
    Folders,
    folders_named,
    load,
    ManifestFile,
    references,
    SecretDocument,
    split_secrets,
)
from roost_core.problem import ResultCode
from roost_core.resource import ResourceKind
from roost_core.secret import SecretSpec, SecretType


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A secret that only the holder of one key can read; see SealedSecret.msg."""

    name: str
    description: str
    labels: Mapping[str, str]
    type: SecretType
    key_id: str
    sealed: bytes = field(repr=False)
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file of a folder that a manifest names."""

    manifest: str
    folder: str
    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Manifests as they are sent: no text has a secret any more."""

    files: tuple[ManifestFile, ...] = ()
    secrets: tuple[Sealed, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Manifests of this machine, the secrets taken out."""

    files: tuple[ManifestFile, ...]
    secrets: tuple[SecretDocument, ...] = field(repr=False)
    folders: Folders = field(repr=False)

    def seal(self, key_id: Callable[[], str], seal: Callable[[str, bytes], bytes]) -> Bundle:
        """Make them ready.

        Args:
            key_id: gives the key of the manager; asked only if there is a secret.
            seal: makes bytes readable for the holder of a key only.
        """
        key = key_id() if self.secrets else ''
        return Bundle(
            files=self.files,
            secrets=tuple(
                Sealed(
                    name=each.spec.name,
                    description=each.spec.description,
                    labels=each.spec.labels,
                    type=each.spec.type,
                    key_id=key,
                    sealed=seal(key, body_of(each.spec)),
                    file=each.file,
                    line=each.line,
                )
                for each in self.secrets
            ),
            attachments=tuple(
                Attachment(manifest=manifest, folder=folder, path=path, content=content)
                for (manifest, folder), found in self.folders.items()
                for path, content in found.items()
            ),
        )


def open_files(read: Sequence[tuple[str, str]]) -> Opened:
    """Take the secrets out of manifests, given as names and texts, and read their folders.

    Raises:
        Refused: a file in which secrets cannot be told from the rest; every problem of all files.
        UsageError: a folder cannot be read.
    """
    given = [ManifestFile(name=name, text=text) for name, text in read]
    splits = [split_secrets(file) for file in given]
    secrets = tuple(secret for split in splits for secret in split.secrets)
    problems = [problem for split in splits for problem in split.problems]
    folders = folders_of(given)
    if problems or len({each.spec.name for each in secrets}) < len(secrets):
        everything = load(given, folders=folders, secrets=True)
        raise Refused(ResultCode.INVALID, '', everything.problems or problems)
    return Opened(files=tuple(split.file for split in splits), secrets=secrets, folders=folders)


def described(read: Sequence[tuple[str, str]]) -> tuple[Bundle, tuple[str, ...]]:
    """Give manifests as they are sent to have deleted what they describe, and their secrets.

    Secrets go as names only, nothing is sealed.

    Raises:
        Refused: it cannot be told what a document is about; every problem of all files.
    """
    given = [ManifestFile(name=name, text=text) for name, text in read]
    found = references(given, secrets=True)
    if found.problems:
        raise Refused(ResultCode.INVALID, '', found.problems)
    return (
        Bundle(files=tuple(split_secrets(file).file for file in given)),
        tuple(each.ref.name for each in found.references if each.ref.kind is ResourceKind.SECRET),
    )


def folders_of(files: Sequence[ManifestFile]) -> Folders:
    """Read the folders that manifests name: (manifest, folder as written) -> path -> content.

    Raises:
        UsageError: one cannot be read.
    """
    return {
        (file.name, folder): read_folder(file.name, folder)
        for file in files
        for folder in folders_named(file)
    }


def body_of(spec: SecretSpec) -> bytes:
    """Write the values of a secret as they are sealed; see SealedSecret.msg."""
    if spec.type is SecretType.OPAQUE:
        return canonical_json({'data': dict(spec.data)})
    return canonical_json(
        {'registry': spec.registry, 'username': spec.username, 'password': spec.password}
    )
