# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The terminal of this side, on a pseudo-terminal of the kernel."""

from __future__ import annotations

import os
import pty
import select

from roost_cli.sessions.terminal import Terminal


def test_what_was_typed_before_it_is_raw_is_handed_on() -> None:
    person, own = pty.openpty()
    try:
        terminal = Terminal(own, own)
        os.write(person, b'exit 9\n')
        # Its echo shows that the terminal has it.
        assert select.select([person], [], [], 5.0)[0]
        typed: list[bytes] = []

        def take(keys: bytes) -> None:
            typed.append(keys)
            terminal.wake()

        with terminal.raw():
            assert select.select([own], [], [], 5.0)[0], 'it was discarded'
            terminal.hand_on(take, lambda *_: None)
        assert b''.join(typed) == b'exit 9\n'
    finally:
        os.close(person)
        os.close(own)
