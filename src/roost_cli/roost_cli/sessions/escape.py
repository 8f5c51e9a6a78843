# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The keys that are for us and not for the program: Enter ~ . as of ssh."""

from __future__ import annotations

LEAVE_KEYS = 'Enter ~ .'


class Escape:
    """Tell the keys that leave a terminal from those that it is to get."""

    def __init__(self) -> None:
        self._at_start = True
        self._held = b''

    def keys(self, typed: bytes) -> tuple[bytes, bool]:
        """Give what the program is to get of what was typed, and whether to leave.

        After Enter, `~` waits for the next key: `.` leaves, `~` gives one `~`, and any other key
        follows the `~` to the program.
        """
        given = bytearray()
        for key in typed:
            if self._held:
                self._held = b''
                if key == ord('.'):
                    return bytes(given), True
                given += b'~' if key == ord('~') else bytes((ord('~'), key))
            elif self._at_start and key == ord('~'):
                self._held = b'~'
                continue
            else:
                given.append(key)
            self._at_start = key in b'\r\n'
        return bytes(given), False
