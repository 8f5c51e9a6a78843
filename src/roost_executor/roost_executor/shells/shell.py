# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""One session: a program, what it wrote, what it is to get, and who waits for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
import logging
import threading

from roost_core.instance import Slot
from roost_core.package import DeviceRuntime
from roost_core.problem import ResultCode
from roost_executor.runtimes.interactive import Ending, Program
from roost_executor.shells.input import Input
from roost_executor.shells.output import Output, Piece
from roost_executor.shells.refusal import ShellRefused

logger = logging.getLogger(__name__)

# Who wait for output at a time. Of more the first goes away empty-handed: most are requests that
# were sent again, and somebody who only reads again may not fill the memory.
MOST_READERS = 8

DEFECT = Ending(exit_code=None, reason='a defect of the executor, see its log')


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a session is.

    Attributes:
        instance_id: of the instance that it is in.
        runtime: which has that.
    """

    slot: Slot
    instance_id: str
    runtime: DeviceRuntime
    is_terminal: bool
    takes_input: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer to who reads.

    Attributes:
        ending: when the program has ended, and the piece goes to its last byte.
    """

    piece: Piece
    ending: Ending | None


@dataclass(frozen=True, slots=True)
class _Reader:
    offset: int
    max_bytes: int
    until: float
    answer: Callable[[Reading], None]


@dataclass(frozen=True, slots=True)
class _Writer:
    offset: int
    data: bytes
    end: bool
    until: float
    answer: Callable[[int], None]


class Shell:
    """Moves bytes between a program and whoever talks with it; may be used from any thread.

    Two threads of its own wait for the program, so that nobody else does. Answers are given from
    any of the threads that touch it; they must not block.
    """

    def __init__(
        self, name: str, program: Program, about: About, *, clock: Callable[[], float]
    ) -> None:
        """Take a program that was started, and begin to read it.

        Args:
            clock: seconds.
        """
        self.name = name
        self.about = about
        self._program = program
        self._clock = clock
        self._lock = threading.Condition()
        self._output = Output()
        self._readers: list[_Reader] = []
        self._writers: deque[_Writer] = deque()
        self._input = Input(has_ended=not about.takes_input)
        self._ending: Ending | None = None
        self._why = ''
        self._forgotten = False
        self._takeovers = 0
        self._taken_over_by = ''
        self._heard_at = self._used_at = clock()
        self._over = threading.Event()
        self._writing = threading.Thread(target=self._write_all, name='shell-in', daemon=True)
        self._writing.start()
        threading.Thread(target=self._read_all, name='shell-out', daemon=True).start()

    @property
    def handle(self) -> str:
        """Its name with whoever has it now."""
        return f'{self.name}.{self._takeovers}' if self._takeovers else self.name

    @property
    def offsets(self) -> tuple[int, int, int]:
        """The oldest byte of output, the bytes of output, and those of input, until now."""
        with self._lock:
            return self._output.first, self._output.end, self._input.taken

    @property
    def has_ended(self) -> bool:
        """Tell whether the program has ended."""
        with self._lock:
            return self._ending is not None

    @property
    def is_away_since(self) -> float | None:
        """When it was last read; None while somebody waits for output."""
        with self._lock:
            return None if self._readers else self._heard_at

    @property
    def is_idle_since(self) -> float:
        """When there was input or output last."""
        with self._lock:
            return self._used_at

    def take_over(self, request_id: str) -> str:
        """Have it go by another handle: who had it until now reads and types no more.

        Two who type would take each other's bytes for repeated ones. The same request under the
        same id, which may be empty for none, gives the same handle.
        """
        with self._lock:
            self._heard_at = self._clock()
            if request_id and request_id == self._taken_over_by:
                return self.handle
            self._taken_over_by = request_id
            self._takeovers += 1
            handle = self.handle
            readings = [(each, self._reading(each)) for each in self._readers]
            writers = tuple(self._writers)
            self._readers.clear()
            self._writers.clear()
            taken = self._input.taken
        for reader, reading in readings:
            reader.answer(reading)
        for writer in writers:
            writer.answer(taken)
        return handle

    def refuse_former(self, handle: str) -> None:
        """Refuse who has it no more.

        Raises:
            ShellRefused: it goes by another handle.
        """
        with self._lock:
            if handle != self.handle:
                raise ShellRefused(
                    ResultCode.REFUSED,
                    'somebody else came back to this session, and has it now: come back yourself'
                    ' to have it again',
                )

    def read(
        self,
        handle: str,
        offset: int,
        max_bytes: int,
        wait_sec: float,
        answer: Callable[[Reading], None],
    ) -> float | None:
        """Have output given from an offset on, once there is some; acknowledge what is before it.

        Returns:
            When `look_at_the_clock` has to be called for it; None when it was answered.

        Raises:
            ShellRefused: the offset lies ahead of what was written, or somebody else has it.
        """
        with self._lock:
            self.refuse_former(handle)
            if offset > self._output.end:
                text = f'{self._output.end} bytes were written until now: read from there on'
                raise ShellRefused(ResultCode.INVALID, text)
            self._output.acknowledge(offset)
            self._lock.notify_all()
            self._heard_at = now = self._clock()
            reader = _Reader(offset, max_bytes, now + wait_sec, answer)
            reading = self._reading(reader)
            waits = wait_sec > 0 and not _has_news(reading)
            if waits:
                self._readers.append(reader)
                if len(self._readers) <= MOST_READERS:
                    return reader.until
                reader = self._readers.pop(0)
                reading = self._reading(reader)
        reader.answer(reading)
        return now + wait_sec if waits else None

    def write(
        self,
        handle: str,
        offset: int,
        data: bytes,
        wait_sec: float,
        answer: Callable[[int], None],
        *,
        end: bool,
    ) -> float | None:
        """Take input from an offset on, once there is room; `answer` gets the bytes taken so far.

        What was taken before is not taken again.

        Returns:
            As `read`.

        Raises:
            ShellRefused: something between is missing, input is not taken any more, or somebody
                else has it.
        """
        with self._lock:
            self.refuse_former(handle)
            # What was taken is confirmed for ever: an answer may have been lost.
            known = self._input.knows(offset, data, end=end)
            if self._ending is not None and not known:
                raise ShellRefused(ResultCode.REFUSED, 'the program has ended')
            if offset > self._input.taken:
                text = f'{self._input.taken} bytes of input were taken: send again from there on'
                raise ShellRefused(ResultCode.CONFLICT, text)
            if self._input.has_ended and offset + len(data) > self._input.taken:
                raise ShellRefused(ResultCode.REFUSED, 'its input was ended')
            self._used_at = now = self._clock()
            writer = _Writer(offset, data, end, now + wait_sec, answer)
            if not known and (self._writers or not self._take(writer)):
                self._writers.append(writer)
                return writer.until
            taken = self._input.taken
        answer(taken)
        return None

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of its terminal.

        Raises:
            ShellRefused: it has none.
            RuntimeFault: the runtime cannot be asked.
        """
        if not self.about.is_terminal:
            raise ShellRefused(ResultCode.REFUSED, 'it was opened without a terminal')
        if not self.has_ended:
            self._program.resize(columns, rows)

    def signal(self, number: int) -> None:
        """Send a signal to the program.

        Raises:
            RuntimeFault: the runtime cannot be asked.
        """
        if not self.has_ended:
            self._program.signal(number)

    def look_at_the_clock(self) -> float | None:
        """Answer who has waited long enough; tell when somebody will have."""
        with self._lock:
            now = self._clock()
            late = [each for each in self._readers if each.until <= now]
            self._readers = [each for each in self._readers if each.until > now]
            if late:
                self._heard_at = now
            late_writers = [each for each in self._writers if each.until <= now]
            self._writers = deque(each for each in self._writers if each.until > now)
            readings = [(each, self._reading(each)) for each in late]
            taken = self._input.taken
            deadlines = [each.until for each in self._readers]
            deadlines += [each.until for each in self._writers]
        for reader, reading in readings:
            reader.answer(reading)
        for writer in late_writers:
            writer.answer(taken)
        return min(deadlines, default=None)

    def hang_up(self, why: str = '') -> None:
        """End the program, and all that came of it; they have ended at the return.

        Args:
            why: in plain words; of several, the first counts.
        """
        with self._lock:
            if self._ending is not None:
                return
            self._why = self._why or why
        self._program.hang_up()

    def forget(self, timeout_sec: float) -> None:
        """Let go of it: what it wrote is not kept any more. Waits for its end, at most so long."""
        with self._lock:
            self._forgotten = True
            self._lock.notify_all()
        self.hang_up()
        self._over.wait(timeout_sec)

    def _reading(self, reader: _Reader) -> Reading:
        piece = self._output.piece(reader.offset, reader.max_bytes)
        ended = self._ending is not None and piece.next_offset == self._output.end
        return Reading(piece=piece, ending=self._ending if ended else None)

    def _take(self, writer: _Writer) -> bool:
        """Take input, all or nothing; tell whether there was room."""
        taken = self._input.take(writer.offset, writer.data, end=writer.end)
        if taken:
            self._lock.notify_all()
        return taken

    def _answer_readers(self) -> None:
        """Answer who waits for something that is there by now."""
        with self._lock:
            readings = [(each, self._reading(each)) for each in self._readers]
            self._readers = [each for each, reading in readings if not _has_news(reading)]
            now = self._clock()
            if len(self._readers) < len(readings):
                self._heard_at = now
        for reader, reading in readings:
            if _has_news(reading):
                reader.answer(reading)

    def _read_all(self) -> None:
        try:
            while (written := self._program.read()) is not None:
                with self._lock:
                    if self._forgotten:
                        continue
                    self._output.put(written)
                    self._used_at = self._clock()
                self._answer_readers()
                with self._lock:
                    self._lock.wait_for(lambda: self._output.has_room or self._forgotten)
            ending = self._program.wait()
        except Exception:
            logger.exception("session of '%s' failed", self.about.slot)
            ending = DEFECT
        with self._lock:
            self._ending = Ending(exit_code=ending.exit_code, reason=self._why or ending.reason)
            self._heard_at = self._clock()
            writers, self._writers = self._writers, deque()
            taken = self._input.taken
            self._lock.notify_all()
        self._answer_readers()
        for writer in writers:
            writer.answer(taken)
        self._writing.join()
        self._program.close()
        self._over.set()

    def _write_all(self) -> None:
        takes = True
        while (data := self._next_input()) is not None:
            takes = takes and self._program.write(data)
            answers = []
            with self._lock:
                self._input.let_go(data)
                while self._writers and self._take(self._writers[0]):
                    answers.append(self._writers.popleft())
                taken = self._input.taken
            for writer in answers:
                writer.answer(taken)
        if self.about.takes_input:
            self._program.end_input()

    def _next_input(self) -> bytes | None:
        """Wait for input; None at its end, or that of the program."""
        with self._lock:
            self._lock.wait_for(
                lambda: self._input or self._input.has_ended or self._ending is not None
            )
            if self._ending is not None or not self._input:
                return None
            return self._input.next()


def _has_news(reading: Reading) -> bool:
    return bool(reading.piece.written) or reading.ending is not None
