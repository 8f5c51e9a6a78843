# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said to somebody whose wish for a session cannot be granted."""

from __future__ import annotations


class ShellRefused(Exception):
    """What is asked for cannot be done; nothing was changed.

    Attributes:
        code: a ResultCode, or an error code.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
