# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Ids and names, and the rules that they keep."""

from __future__ import annotations

from collections.abc import Iterable
import difflib
import re
from typing import NewType

DeploymentId = NewType('DeploymentId', str)
DeviceName = NewType('DeviceName', str)

NO_DEVICE = DeviceName('')  # placed in a cloud, or nowhere yet

MAX_NAME_LENGTH = 63

_NAME = re.compile(r'[a-z][a-z0-9-]{0,62}')
_TOKEN = re.compile(r'[a-z][a-z0-9_]{0,62}')

NAME_RULE = "lower-case letters, digits and '-', starting with a letter, at most 63 characters"
TOKEN_RULE = "lower-case letters, digits and '_', starting with a letter, at most 63 characters"


def is_name(text: str) -> bool:
    """Tell whether text may name a package, deployment, network, component or executable."""
    return _NAME.fullmatch(text) is not None


def is_device_name(text: str) -> bool:
    """Tell whether text may name a device or a cloud: it becomes a token of a ROS name."""
    return _TOKEN.fullmatch(text) is not None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Guess what was meant, as a remedy; empty when nothing is near."""
    near = difflib.get_close_matches(name[:MAX_NAME_LENGTH], known, n=1)
    return f"did you mean '{near[0]}'?" if near else ''
