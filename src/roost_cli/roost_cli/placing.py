# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Which component or executable is meant by the words on a command line."""

from __future__ import annotations

from collections.abc import Callable

from roost_cli.exits import Refused
from roost_cli.model import Admissions
from roost_core.problem import ResultCode

# Asks the manager for permission to look into a component and an executable; empty for all.
Ask = Callable[[str, str], Admissions]


def meant(ask: Ask, component: str, executable: str) -> tuple[Admissions, str, str]:
    """Ask for permission, and give it with the component and the executable that it is for.

    A lone word that names no component is taken for the one executable that has the name.

    Raises:
        RoostError: what is named is not there, or cannot be looked into.
    """
    try:
        return ask(component, executable), component, executable
    except Refused as error:
        if error.code != ResultCode.NOT_FOUND or executable or not component:
            raise
        try:
            found = ask('', component)
        except Refused as second:
            if second.code == ResultCode.NOT_FOUND:
                raise error from None
            raise
        if len(found.executables) > 1:
            listed = ', '.join(map(str, found.executables))
            raise Refused(
                ResultCode.INVALID,
                f"'{found.deployment_name}' has several '{component}', name one: {listed}",
            ) from None
        return found, '', component
