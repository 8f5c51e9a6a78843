# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The terminal of this side: raw while somebody talks with a program, and as it was afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
import os
import selectors
import signal
import termios
import tty

from roost_cli.output import printable
from roost_cli.sessions.escape import Escape

# What a program like vim, left in the middle, would leave behind: the other screen, no cursor,
# reports of the mouse and of pasting, colours.
_CALM = b'\x1b[?1047l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[0m'

_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_READ_BYTES = 65536


class Left(Exception):
    """The user has left, or a signal has; the program goes on.

    Attributes:
        signal: number of the signal; 0 for the keys.
    """

    def __init__(self, number: int = 0) -> None:
        super().__init__()
        self.signal = number


class Terminal:
    """Standard input and output, which are a terminal."""

    def __init__(self, input: int = 0, output: int = 1) -> None:
        """Take descriptors."""
        self._input = input
        self._output = output
        self._woken, self._waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        columns, rows = os.get_terminal_size(self._input)
        return columns or 80, rows or 24

    @contextlib.contextmanager
    def raw(self) -> Iterator[None]:
        """Hand all keys on as they are, until the end, however that comes."""
        before = termios.tcgetattr(self._input)
        handlers = {
            each: signal.signal(each, lambda *_: None) for each in (*_ENDING, signal.SIGWINCH)
        }
        wakeup = signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        try:
            # What was typed meanwhile is typed into the session; other modes discard it.
            tty.setraw(self._input, termios.TCSADRAIN)
            yield
        finally:
            termios.tcsetattr(self._input, termios.TCSADRAIN, before)
            signal.set_wakeup_fd(wakeup)
            for each, handler in handlers.items():
                signal.signal(each, handler)

    def write(self, data: bytes) -> None:
        """Show all of it."""
        while data:
            data = data[os.write(self._output, data) :]

    def calm(self) -> None:
        """Undo what a program that was left would undo at its end."""
        self.write(_CALM)

    def tell(self, text: str) -> None:
        """Tell a person something in the middle of it all."""
        self.write(f'\r\n[{printable(text)}]\r\n'.encode())

    def wake(self) -> None:
        """End `hand_on`; from any thread."""
        os.write(self._waking, b'\0')

    def hand_on(self, type: Callable[[bytes], None], resize: Callable[[int, int], None]) -> None:
        """Hand on keys, and changes of the size, until it is woken.

        Raises:
            Left: by the keys for that, a signal, or the end of the terminal.
        """
        escape = Escape()
        size = self.size
        with selectors.DefaultSelector() as ready:
            ready.register(self._input, selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    # Before the keys that follow: its signal may come after them.
                    before, size = size, self.size
                    if size != before:
                        resize(*size)
                    if key.fd == self._woken:
                        signals = os.read(self._woken, _READ_BYTES)
                        for each in _ENDING:
                            if each in signals:
                                raise Left(each)
                        if 0 in signals:
                            return
                        continue
                    typed = os.read(self._input, _READ_BYTES)
                    if not typed:
                        raise Left(signal.SIGHUP)
                    given, is_left = escape.keys(typed)
                    if given:
                        type(given)
                    if is_left:
                        raise Left
