# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan of an apply or a delete, as it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from roost_cli.exits import Refused
from roost_cli.model import Change
from roost_cli.output import show

_COLUMNS = {
    'ACTION': lambda each: each.action,
    'KIND': lambda each: each.kind,
    'NAME': lambda each: each.name,
    'VERSION': lambda each: each.version,
    'DETAIL': lambda each: each.detail,
}


def show_plan(changes: Sequence[Change], refusal: Refused | None, form: str) -> None:
    """Print what is done with each thing.

    Raises:
        Refused: nothing is; the plan was printed all the same.
    """
    if changes or form != 'table':
        show(changes, form, columns=_COLUMNS)
    if refusal is not None:
        raise refusal
