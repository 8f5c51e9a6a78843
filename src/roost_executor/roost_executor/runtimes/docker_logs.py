# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The output of a container, each entry once, over breaks, restarts and the engine's own ends."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
from dataclasses import dataclass, field
from datetime import datetime, UTC
import http
import json
from struct import Struct
import time
from typing import Any

import docker

from roost_executor.cancellation import Cancellation
from roost_executor.runtimes import docker_faults as faults
from roost_executor.runtimes.contract import Output
from roost_executor.runtimes.docker_engine import Engine, Stream
from roost_executor.runtimes.output_entries import note, TIME_LENGTH

# Of what is given at once, bytes.
BLOCK = 262144

# The engine multiplexes: stream, three bytes of nothing, length of the entry, big-endian.
FRAME = Struct('>B3xI')
STREAMS = (b'', b'stdout', b'stderr')

# Entries of two streams are written in another order than their times tell, by less than this.
OVERLAP_SEC = 2.0

# The engine gives little at a time: more that comes within so long goes the same way.
GATHER_SEC = 0.001

# Who follows and is so much behind may be outrun by the engine: looking back shows that.
LAG_SEC = 5.0

# So much that is known already is skipped at most while following, before looking back shows why.
MOST_SKIPPED = 64 << 20

# A container whose output cannot be followed although it runs is looked at so often.
LOOK_SEC = 0.2


@dataclass(slots=True)
class Mark:
    """Where reading stands: which entry of a container was the last one.

    The engine gives no positions, and entries can be equal: parts of one line have all the time
    of the first. So an entry is known by its stream, its time, and how many of these came so far.

    Attributes:
        container: id; one of the same name is another one.
        last: stream of the last entry; 0: there was none.
        times, counts: of the last entry of each stream, how many had that time.
        goes_on: streams whose last entry was a part of a line.
        latest: the latest time so far: a later one than the last if the clock was set back.
    """

    container: str = ''
    last: int = 0
    times: list[bytes] = field(default_factory=lambda: [b'', b'', b''])
    counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    goes_on: list[bool] = field(default_factory=lambda: [False, False, False])
    latest: bytes = b''

    @classmethod
    def of(cls, position: str) -> Mark:
        """Read a mark from a position."""
        if not position:
            return cls()
        container, last, times, counts, goes_on, latest = json.loads(position)
        encoded = [each.encode() for each in times]
        return cls(container, last, encoded, counts, goes_on, latest.encode())

    @property
    def position(self) -> str:
        """The mark as a position."""
        times = [each.decode() for each in self.times]
        marks = (self.container, self.last, times, self.counts, self.goes_on)
        return json.dumps([*marks, self.latest.decode()])

    @property
    def since(self) -> str:
        """From which time on the engine is to be asked, so that nothing that is new is left out.

        What is set back is the whole: then times tell nothing.
        """
        if not self.last:
            return '0'
        needed = [
            _unix_sec(self.times[kind])
            for kind in (1, 2)
            if kind == self.last or (self.goes_on[kind] and self.times[kind])
        ]
        if max(needed) > time.time() + OVERLAP_SEC:
            return '0'
        return f'{max(0.0, min(needed) - OVERLAP_SEC):.9f}'

    def is_before(self, moment: bytes) -> bool:
        """Tell whether an entry of a time cannot have come before the last one, or soon after."""
        last = _unix_sec(self.times[self.last])
        was_set_back = _unix_sec(self.latest) > last + OVERLAP_SEC
        return not was_set_back and _unix_sec(moment) > last + OVERLAP_SEC

    @property
    def age_sec(self) -> float:
        """How long ago the last entry was written, by the clock that the engine has too."""
        return time.time() - _unix_sec(self.times[self.last])


class DockerLogs:
    """Reads the output of one container; keeps `contract.OutputReader`."""

    def __init__(self, engine: Engine, name: str, *, after: str, call_timeout_sec: float) -> None:
        self._engine = engine
        self._name = name
        self._call_timeout_sec = call_timeout_sec
        self._mark = Mark.of(after)
        self._closing = Cancellation()
        self._may_be_cut = False  # more was there to read when it was last looked at
        self._blocks = self._read()

    def read(self) -> Output | None:
        """See the contract."""
        try:
            with faults.told():
                output = next(self._blocks, None)
            return None if self._closing.requested else output
        except Exception:
            if self._closing.requested:
                return None
            raise

    def close(self) -> None:
        """See the contract."""
        self._closing.request()

    def _read(self) -> Iterator[Output]:
        while not self._closing.requested:
            seen = self._look()
            container = '' if seen is None else seen['Id']
            if self._may_be_cut and container != self._mark.container:
                self._may_be_cut = False
                yield Output(_cut_off(self._mark), self._mark.position)
            if seen is None:
                return
            if container != self._mark.container:
                self._mark = Mark(container=container)
            runs = bool(seen['State']['Running'])
            self._may_be_cut = True
            is_behind = False
            if self._mark.last or not runs:
                for output in self._look_back():
                    yield output
                    is_behind = self._mark.last > 0 and self._mark.age_sec > LAG_SEC
            if not runs:
                if self._may_be_cut:
                    yield Output(_cut_off(self._mark), self._mark.position)
                if ends := _ends(self._mark):
                    yield Output(ends, self._mark.position)
                return
            if not is_behind:
                yield from self._follow()
                self._closing.wait(LOOK_SEC)

    def _look(self) -> dict[str, Any] | None:
        """Look at the container; None when it is gone."""
        try:
            path = f'/containers/{self._name}/json'
            seen: dict[str, Any] = self._engine.request('GET', path).json()
        except docker.errors.NotFound:
            return None
        return seen

    def _look_back(self) -> Iterator[Output]:
        """Give what the engine has by now and is not known yet.

        What the engine reads so it reads from the files of one moment: none is missing, if it
        lived to the end.
        """
        with self._engine.witness() as witness, self._opened(follow=False) as stream:
            if stream is None:
                return
            entries = _Entries(self._mark)
            while data := _gathered(stream, quiet_sec=self._call_timeout_sec)[0]:
                if given := entries.take(data):
                    yield Output(given, self._mark.position)
            if self._closing.requested:
                return
            witness.confirm()
        self._may_be_cut = False
        if entries.missed:
            # All that the engine has came after it.
            lost = _lost(self._mark)
            self._mark = Mark(container=self._mark.container)
            yield Output(lost, self._mark.position)
            yield from self._look_back()

    def _follow(self) -> Iterator[Output]:
        """Give what comes, until the container ends or reading falls behind."""
        self._may_be_cut = True
        with self._opened(follow=True) as stream:
            if stream is None:
                return
            entries = _Entries(self._mark)
            self._may_be_cut = not stream.waits(GATHER_SEC)
            while (gathered := _gathered(stream, quiet_sec=None))[0]:
                data, was_all = gathered
                self._may_be_cut = not was_all
                if given := entries.take(data):
                    yield Output(given, self._mark.position)
                    if self._mark.age_sec > LAG_SEC:
                        return
                elif entries.skipped > MOST_SKIPPED:
                    return

    @contextlib.contextmanager
    def _opened(self, *, follow: bool) -> Iterator[Stream | None]:
        """Ask the engine for output; None when the container is gone."""
        stream = self._engine.stream(quiet_sec=self._call_timeout_sec, raw=True)
        asked = {
            'stdout': '1',
            'stderr': '1',
            'timestamps': '1',
            'since': self._mark.since,
            'follow': str(int(follow)),
        }
        path = self._engine.path(f'/containers/{self._name}/logs', asked)
        with contextlib.closing(stream), self._closing.interrupting(stream.cut):
            try:
                stream.open('GET', path, {})
            except docker.errors.APIError as error:
                gone = (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.CONFLICT)
                if not any(faults.is_status(error, status) for status in gone):
                    raise
                yield None
                return
            yield stream


class _Entries:
    """Turns what the engine sends into entries, without those that are known by a mark.

    Attributes:
        skipped: bytes that were known.
    """

    def __init__(self, mark: Mark) -> None:
        """Begin to read behind a mark, and move it along."""
        self._mark = mark
        self._rest = b''
        self._known_left = mark.counts[mark.last] if mark.last else 0
        self._known = (mark.last, mark.times[mark.last])
        self.skipped = 0

    @property
    def missed(self) -> bool:
        """Tell whether the last known entry did not come."""
        return self._known_left > 0

    def take(self, data: bytes) -> bytes:
        """Give the new entries of what was read.

        Raises:
            ConnectionError: the engine says, in the middle of it, that it cannot go on.
        """
        try:
            return self._take(data)
        except (IndexError, ValueError) as error:
            raise ConnectionError(f'the output cannot be read: {data[-200:]!r}') from error

    def _take(self, data: bytes) -> bytes:
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        entries: list[bytes] = []
        if self._known_left and not self.skipped and self._is_gone(data):
            entries.append(_lost(self._mark))
            self._known_left = 0
            self._mark.goes_on[:] = [False] * len(STREAMS)
        if self._known_left:
            at = self._skip(data)
        add, header = entries.append, FRAME.unpack_from
        times, counts, goes_on = self._mark.times, self._mark.counts, self._mark.goes_on
        kind = 0
        while at + FRAME.size <= end:
            found, size = header(data, at)
            start = at + FRAME.size
            if start + size > end:
                break
            at = start + size
            kind = found
            moment = data[start : start + TIME_LENGTH]
            text = start + TIME_LENGTH + 1
            if moment[-1] != 90:  # an engine that does not write UTC
                moment, text = _as_utc(data, start)
            if moment == times[kind]:
                counts[kind] += 1
            else:
                if goes_on[kind]:  # by the program before it: parts of a line have one time
                    add(_end_of_line(self._mark, kind))
                times[kind], counts[kind] = moment, 1
            if data[at - 1] == 10:
                goes_on[kind] = False
                add(b'%b %b F %b' % (moment, STREAMS[kind], data[text:at]))
            else:
                goes_on[kind] = True
                add(b'%b %b P %b\n' % (moment, STREAMS[kind], data[text:at]))
        if kind:
            self._mark.last = kind
            self._mark.latest = max(self._mark.latest, times[kind])
        self._rest = data[at:]
        return b''.join(entries)

    def _is_gone(self, data: bytes) -> bool:
        """Tell by the first entry whether the last known one is not there: it would come first."""
        if len(data) < FRAME.size + TIME_LENGTH + 6:
            return False
        return self._mark.is_before(_as_utc(data, FRAME.size)[0])

    def _skip(self, data: bytes) -> int:
        """Give where in the data the first entry is that is not known."""
        at, end, header = 0, len(data), FRAME.unpack_from
        stream, moment = self._known
        while self._known_left and at + FRAME.size <= end:
            kind, size = header(data, at)
            start = at + FRAME.size
            if start + size > end:
                break
            if kind == stream:
                found = data[start : start + TIME_LENGTH]
                if found[-1] != 90:
                    found = _as_utc(data, start)[0]
                if found == moment:
                    self._known_left -= 1
            at = start + size
        self.skipped += at
        return at


def _lost(mark: Mark) -> bytes:
    """Give the entry that says what is missing after a mark."""
    return note(
        f'some output after {mark.times[mark.last].decode()} was lost: the container engine had'
        ' dropped it before it could be taken in'
    )


def _cut_off(mark: Mark) -> bytes:
    """Give the entry that says that a container went before it was read to its end."""
    after = f' after {mark.times[mark.last].decode()}' if mark.last else ''
    return note(
        f'output{after} may be missing: the container was removed before all of it was taken in'
    )


def _ends(mark: Mark) -> bytes:
    """Give what ends the lines that a program which has ended began; move the mark along."""
    entries = [_end_of_line(mark, kind) for kind in (1, 2) if mark.goes_on[kind]]
    mark.goes_on[:] = [False] * len(STREAMS)
    return b''.join(entries)


def _end_of_line(mark: Mark, kind: int) -> bytes:
    return b'%b %b F \n' % (mark.times[kind], STREAMS[kind])


def _gathered(stream: Stream, *, quiet_sec: float | None) -> tuple[bytes, bool]:
    """Give what comes together, and whether nothing more came soon; no bytes at the end."""
    parts: list[bytes] = []
    size = 0
    while size < BLOCK:
        if parts and stream.waits(GATHER_SEC):
            return b''.join(parts), True
        data = stream.read(BLOCK - size, quiet_sec=quiet_sec)
        if not data:
            break
        parts.append(data)
        size += len(data)
    return b''.join(parts), False


def _as_utc(data: bytes, at: int) -> tuple[bytes, int]:
    """Give the time of an entry in UTC, and where its text begins."""
    end = data.index(b' ', at)
    moment = data[at:end]
    if moment[-1:] != b'Z':
        seconds = datetime.fromisoformat((moment[:19] + moment[29:]).decode()).astimezone(UTC)
        moment = seconds.strftime('%Y-%m-%dT%H:%M:%S').encode() + moment[19:29] + b'Z'
    return moment, end + 1


def _unix_sec(moment: bytes) -> float:
    whole = datetime.fromisoformat(moment[:19].decode()).replace(tzinfo=UTC).timestamp()
    return whole + float(moment[19:29])
