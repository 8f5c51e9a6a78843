# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of a runtime that is about images, for runtimes that have none."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from roost_core import error_codes
from roost_core.status import ReasonKind
from roost_executor.cancellation import Cancellation
from roost_executor.runtimes.contract import RegistryAuth, RuntimeFault


class NoImages:
    """Answer what `contract.Runtime` asks about images.

    Attributes:
        what_it_runs: in plain words, for the reason of a refusal.
    """

    what_it_runs: ClassVar[str]

    def image(self, reference: str, *, digest: str = '') -> str | None:
        """See the contract: there are no images."""
        return None

    def pull(
        self,
        reference: str,
        *,
        auth: RegistryAuth | None = None,
        progress: Callable[[float | None], None],
        cancellation: Cancellation,
    ) -> str:
        """See the contract: refused, there are no images."""
        raise RuntimeFault(
            ReasonKind.RUNTIME_MISSING,
            error_codes.RUNTIME_MISSING,
            f'image {reference} cannot be pulled for {self.what_it_runs}: use docker',
        )
