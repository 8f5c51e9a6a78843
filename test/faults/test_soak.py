# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A short life of a fleet in which everything happens; `scripts/soak` is the long form."""

from __future__ import annotations

import sys

import pytest

from faults.operator import Operator
from faults.soak.life import EXECUTOR_PARAMETERS, MANAGER_PARAMETERS, Soak

FLEET = {
    'devices': 3,
    'manager_parameters': MANAGER_PARAMETERS,
    'executor_parameters': EXECUTOR_PARAMETERS,
}


@pytest.mark.parametrize('seed', [1])
def test_whatever_happens_the_fleet_becomes_what_was_asked(operator: Operator, seed: int) -> None:
    Soak(operator, seed, lambda text: print(text, file=sys.stderr)).run(30)  # noqa: T201
