# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the executor share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from supervisor_rig import Device


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    """Give a device whose supervisor runs."""
    with Device(tmp_path) as device:
        yield device
