# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Images of the runtime in memory, and those of its registry."""

from __future__ import annotations

from dataclasses import dataclass, field
import threading


@dataclass(slots=True)
class FakeImages:
    """Which images are where, by reference, with their digests.

    Attributes:
        pulls: references in the order in which they were pulled.
        held: pulls wait while this is clear.
        unnamed: digests of images that are here, and whose name means another one by now.
    """

    here: dict[str, str] = field(default_factory=dict)
    registry: dict[str, str] = field(default_factory=dict)
    pulls: list[str] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    unnamed: set[str] = field(default_factory=set)

    def has(self, digest: str) -> bool:
        """Tell whether an image is here, by whatever name or none."""
        return digest in self.unnamed or digest in self.here.values()

    def put(self, reference: str, digest: str) -> None:
        """Have a name mean another image; the former one stays."""
        if reference in self.here:
            self.unnamed.add(self.here[reference])
        self.here[reference] = digest
