# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""How lines of output are written: as text, byte for byte, or as JSON."""

from __future__ import annotations

import base64
import json
import re
from typing import Protocol

from roost_cli.logs.entries import HEADER, Line
from roost_cli.model import LogChunk, Place
from roost_cli.output import say

_COLOURS = (b'36', b'33', b'32', b'35', b'34', b'31')

# What a terminal would obey, but for colours: those do no harm.
_CONTROL = re.compile(
    rb'(?P<keep>\x1b\[[0-9;]*m)|(?P<drop>\r(?=\n))|[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]'
)
_END_OF_COLOUR = re.compile(rb'(\x1b\[[0-9;]*m[^\n]*)(?=\n)')


class Form(Protocol):
    """A way to write lines."""

    def know(self, place: Place) -> None:
        """Take notice of an executable whose lines may come."""

    def lines_of(self, chunk: LogChunk) -> bytes | None:
        """Write all entries of a chunk at once; None when this form needs each line."""

    def line(self, line: Line) -> bytes:
        """Write a line."""


class Text:
    """What programs wrote, each line with the name of its executable when there are several."""

    def __init__(
        self, *, prefixes: bool, timestamps: bool, colour: bool = False, harmless: bool = False
    ) -> None:
        """Choose what is written.

        Args:
            prefixes: names are written once there is a second executable.
            timestamps: before each line, the time of its device.
            harmless: leave out what a terminal would obey.
        """
        self._prefixes = prefixes
        self._timestamps = timestamps
        self._colour = colour
        self._harmless = harmless
        self._places: dict[Place, bytes] = {}

    def know(self, place: Place) -> None:
        """Take notice of an executable whose lines may come."""
        if place in self._places:
            return
        name = str(place).encode()
        if self._colour:
            colour = _COLOURS[len(self._places) % len(_COLOURS)]
            name = b'\x1b[%bm%b\x1b[0m' % (colour, name)
        self._places[place] = name + b' | '

    def lines_of(self, chunk: LogChunk) -> bytes:
        """Write all entries of a chunk, each of which must be a line of the program."""
        time = rb'\1 ' if self._timestamps else b''
        text = HEADER.sub(self._prefix(chunk.place).replace(b'\\', rb'\\') + time, chunk.data)
        return harmless(text) if self._harmless else text

    def line(self, line: Line) -> bytes:
        """Write a line; what Roost itself has to say is no output, and is told."""
        if line.stream == b'roost':
            say(f'{line.place}: {line.text.decode(errors="replace")}')
            return b''
        time = line.time + b' ' if self._timestamps else b''
        text = b'%b%b%b\n' % (self._prefix(line.place), time, line.text)
        return harmless(text) if self._harmless else text

    def _prefix(self, place: Place) -> bytes:
        self.know(place)
        return self._places[place] if self._prefixes and len(self._places) > 1 else b''


class Json:
    """An object for each line, which is all that is known of it."""

    def __init__(self, deployment: str) -> None:
        """Write lines of a deployment."""
        self._deployment = deployment

    def know(self, place: Place) -> None:
        """Write the same for one executable as for several."""

    def lines_of(self, chunk: LogChunk) -> None:
        """Leave it to be taken apart."""

    def line(self, line: Line) -> bytes:
        """Write a line; one that is not UTF-8 also has its bytes in base64."""
        shown = {
            'time': line.time.decode(),
            'deployment': self._deployment,
            'device': line.device,
            'component': line.place.component,
            'executable': line.place.executable,
            'generation': line.generation,
            'number': line.number,
            'stream': line.stream.decode(),
        }
        try:
            shown['text'] = line.text.decode()
        except UnicodeDecodeError:
            shown['text'] = line.text.decode(errors='replace')
            shown['base64'] = base64.b64encode(line.text).decode()
        return json.dumps(shown, ensure_ascii=False).encode() + b'\n'


def harmless(text: bytes) -> bytes:
    """Take out of lines what a terminal would obey, and end colours with their line."""
    if _CONTROL.search(text) is None:
        return text
    text = _CONTROL.sub(lambda found: found['keep'] or (b'' if found['drop'] else b'?'), text)
    return _END_OF_COLOUR.sub(b'\\1\x1b[0m', text)
