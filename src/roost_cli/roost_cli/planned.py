# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan of an apply or a delete, as it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from roost_cli.exits import Refused
from roost_cli.model import Change
from roost_cli.output import show

_COLUMNS = {
    'KIND': lambda each: each.kind,
    'NAME': lambda each: each.name,
    'VERSION': lambda each: each.version,
    'DETAIL': lambda each: each.detail,
}


def show_plan(changes: Sequence[Change], refusal: Refused | None, form: str) -> None:
    """Print what is done with each thing; as what would be done, if all of it is refused.

    Raises:
        Refused: nothing is done.
    """
    action = 'ACTION' if refusal is None else 'NOT DONE'
    if changes or form != 'table':
        show(changes, form, columns={action: lambda each: each.action, **_COLUMNS})
    if refusal is not None:
        raise refusal
