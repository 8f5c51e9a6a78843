# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The last accepted desired state, for a start without manager: the very bytes signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roost_core.desired import DesiredState
from roost_core.document import (
    canonical_json,
    from_document,
    MalformedDocument,
    parse_json,
    to_document,
)
from roost_executor import durable
from roost_wire.envelope import EnvelopeRefused, open_desired


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedState:
    """A signed desired state, with the names of the message `Envelope`, and fit for a document."""

    device: str
    manager_id: str
    epoch: int
    revision: int
    protocol: int
    key_id: str
    signature_hex: str
    text: str

    @property
    def signature(self) -> bytes:
        """The signature."""
        return bytes.fromhex(self.signature_hex)

    @property
    def body(self) -> bytes:
        """Exactly the signed bytes."""
        return self.text.encode()

    def open(self) -> DesiredState:
        """Check the signature and read it. Whose key it is, the caller must judge.

        Raises:
            EnvelopeRefused: unsigned, altered, malformed, or of a protocol that is not ours.
        """
        return open_desired(self)


class CheckpointCorrupt(Exception):
    """The checkpoint cannot be used, and was set aside; the text says what that means."""


class Checkpoint:
    """A file with the last accepted desired state."""

    def __init__(self, path: Path) -> None:
        """Name the file; it need not exist."""
        self._path = path

    def write(self, sealed: SealedState) -> None:
        """Keep a desired state, durably at the return.

        Raises:
            OSError: it cannot be written; the former one is kept.
        """
        durable.replace(self._path, canonical_json(to_document(sealed)))

    def read(self) -> SealedState | None:
        """Read it and check its signature; None if there is none.

        Raises:
            CheckpointCorrupt: it was damaged.
            OSError: it cannot be read.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            sealed = from_document(SealedState, parse_json(content))
            sealed.open()
        except (MalformedDocument, EnvelopeRefused, ValueError) as error:
            aside = durable.set_aside(self._path)
            raise CheckpointCorrupt(
                'what this device was last asked to run could not be read and was set aside as '
                f"'{aside}' ({error}): what runs goes on, nothing is started or removed until "
                'the manager is heard'
            ) from error
        return sealed
