# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is being written: long polls of all devices, through everything that may happen to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import heapq
from operator import attrgetter
import queue
import threading
import time

from roost_cli.exits import Refused
from roost_cli.logs.device import DeviceLogs, NothingMore, NotThere
from roost_cli.logs.entries import Lines
from roost_cli.logs.forms import Form
from roost_cli.logs.history import block_of, Source
from roost_cli.logs.told import Told
from roost_cli.model import LogPage, Place
from roost_cli.output import say
from roost_core.problem import ResultCode

WAIT_SEC = 5.0

# A ticket is renewed so often, and with it the list of executables: an update may add some.
RENEW_SEC = 30.0

# Trouble that lasts longer is told.
_QUIET_SEC = 3.0

# Pages that wait to be written; a slow reader of ours holds the readers of devices up.
_PAGES = 8

_by_time = attrgetter('time')

# By device and executable: one that was moved has written on several devices.
_LinesOf = dict[tuple[str, Place], Lines]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a device told."""

    device: str
    page: LogPage


@dataclass(frozen=True, slots=True)
class _Ended:
    """A device of which nothing more comes."""

    error: Exception | None = None


class Live:
    """Follow devices, a thread for each."""

    def __init__(self, told: Told, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Prepare."""
        self._told = told
        self._monotonic = monotonic
        self._pages: queue.Queue[_Heard | _Ended] = queue.Queue(_PAGES)
        self._stopping = threading.Event()
        self._looks = 0

    def look_again(self) -> None:
        """Have tickets and executables looked at anew, for something changed; from any thread."""
        self._looks += 1

    def blocks(
        self, devices: Sequence[DeviceLogs], sources: Sequence[Source], form: Form
    ) -> Iterator[bytes]:
        """Begin to follow, and give what is written from where the sources stand, as it comes.

        Raises (what is given, at its end):
            NothingMore: nothing more will come; the text says why.
        """
        lines = {(each.device.device, each.place): each.lines for each in sources}
        for device in devices:
            device.stopping = self._stopping
            at = {each.place: each.cursor for each in sources if each.device is device}
            threading.Thread(target=self._guarded, args=(device, at), daemon=True).start()
        return self._blocks(len(devices), lines, form)

    def _blocks(self, left: int, lines: _LinesOf, form: Form) -> Iterator[bytes]:
        over: NothingMore | None = None
        try:
            while left:
                told = self._pages.get()
                if isinstance(told, _Heard):
                    yield _block(told, lines, form)
                    continue
                left -= 1
                if isinstance(told.error, NothingMore):
                    over = told.error
                elif told.error is not None:
                    raise told.error
        finally:
            self._stopping.set()
        yield b''.join(form.line(line) for each in lines.values() for line in each.rest())
        if over is not None:
            raise over

    def _guarded(self, device: DeviceLogs, cursors: dict[Place, int]) -> None:
        try:
            self._follow(device, cursors)
        except NotThere as error:
            self._told.failed(device.device, error)
            self._pages.put(_Ended())
        except Exception as error:  # noqa: BLE001 - raised again by the thread that writes
            self._pages.put(_Ended(error))
        else:
            self._pages.put(_Ended())

    def _follow(self, device: DeviceLogs, cursors: dict[Place, int]) -> None:
        """Read until the manager gives no more tickets, and then to the end."""
        over: NothingMore | None = None
        trouble = _Trouble(device.device, self._monotonic)
        tail = 0 if cursors else device.tail or 0
        is_at_end = bool(cursors) or device.tail != 0
        looked, looks = self._monotonic(), 0
        is_checked = False
        while not self._stopping.is_set():
            try:
                if looks != self._looks or self._monotonic() - looked > RENEW_SEC:
                    looked, looks = self._monotonic(), self._looks
                    device.renew()
                    ends = device.ends(on_trouble=trouble.met)
                    if cursors:  # without them, all are asked for
                        cursors = {**dict.fromkeys(ends, 0), **cursors}
                        cursors = self._within(device.device, cursors, ends)
                if not is_at_end:
                    cursors = dict(device.ends(on_trouble=trouble.met))
                    is_at_end = True
                wait_sec = 0.0 if over else WAIT_SEC
                page = device.read(cursors, tail=tail, wait_sec=wait_sec, on_trouble=trouble.met)
            except NothingMore as error:
                if over:
                    raise
                over = error
                device.wait_no_more()
                continue
            except Refused as error:
                if error.code != ResultCode.INVALID or is_checked:
                    raise
                looks, is_checked = -1, True  # cursors may stand behind what a power cut left
                continue
            trouble.over()
            is_checked = False
            if page.lost:
                self._told.lost(device.device, page.lost)
            cursors, tail = {**cursors, **page.cursors}, 0
            if page.chunks:
                self._pages.put(_Heard(device.device, page))
            if over and not page.more:
                raise over

    def _within(
        self, device: str, cursors: Mapping[Place, int], ends: Mapping[Place, int]
    ) -> dict[Place, int]:
        """Take cursors back to where the output of a device ends."""
        within = {place: min(next, ends.get(place, next)) for place, next in cursors.items()}
        if within != cursors:
            say(f'{device} does not keep what it wrote last, a power cut may have cost it')
        return within


class _Trouble:
    """Tell when a device cannot be reached for a while, and when it is back."""

    def __init__(self, device: str, monotonic: Callable[[], float]) -> None:
        self._device = device
        self._monotonic = monotonic
        self._since: float | None = None
        self._is_told = False

    def met(self, why: str) -> None:
        now = self._monotonic()
        self._since = now if self._since is None else self._since
        if not self._is_told and now - self._since >= _QUIET_SEC:
            self._is_told = True
            say(f'{self._device} cannot be reached, trying on: {why.splitlines()[0]}')

    def over(self) -> None:
        if self._is_told:
            say(f'{self._device} is back')
        self._since, self._is_told = None, False


def _block(heard: _Heard, lines: _LinesOf, form: Form) -> bytes:
    """Write a page: the lines of several executables in the order of their time."""
    device, chunks = heard.device, heard.page.chunks
    places = {chunk.place for chunk in chunks}
    for place in sorted(places):
        form.know(place)
        lines.setdefault((device, place), Lines(device, place))
    if len(places) == 1:
        return b''.join(block_of(lines[device, each.place], each, form) for each in chunks)
    of_place = [
        [line for each in chunks if each.place == place for line in lines[device, place].of(each)]
        for place in sorted(places)
    ]
    return b''.join(map(form.line, heapq.merge(*of_place, key=_by_time)))
