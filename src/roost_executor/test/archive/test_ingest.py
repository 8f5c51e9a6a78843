# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Output is taken in from the first to the last line, whatever the runtime tells when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from supervisor_rig import wanted

from roost_core import error_codes
from roost_core.package import DeviceRuntime
from roost_core.status import ReasonKind
from roost_executor.archive.archive import Archive, ArchiveFull, Retention
from roost_executor.archive.ingest import FULL, Ingest
from roost_executor.runtimes.contract import Changed, Gone, RuntimeFault
from roost_executor.runtimes.fake import FakeRuntime
from testbed.wait import eventually

CAMERA = wanted('camera')


class Bench:
    """A fake engine whose output is taken in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fake = FakeRuntime()
        self.fake.images.here['camera:1'] = 'sha256:1'
        self.complaints: dict[str, str] = {}
        self.open()

    def open(self) -> None:
        """Start as an executor does."""
        self.archive = Archive(self.folder, boot_id='boot', retention=Retention())
        self.ingest = Ingest(
            self.archive,
            {DeviceRuntime.DOCKER: self.fake},
            complain=self.complaints.__setitem__,
            settle=self.complaints.pop,
        )
        self._watch = self.fake.watch(lambda event: self.ingest.hear(DeviceRuntime.DOCKER, event))

    def close(self) -> None:
        """End as an executor does."""
        self._watch.close()
        self.ingest.close(5.0)
        self.archive.close()

    def run(self) -> None:
        """Have the camera run."""
        self.fake.create(CAMERA)
        self.fake.start(CAMERA.identity)

    def texts(self) -> list[bytes]:
        """Give what is kept of the camera."""
        piece = self.archive.shelf(CAMERA.slot).read(1, 1 << 20)
        lines = piece.data.split(b'\n')[:-1] if piece is not None else []
        return [line.split(b' ', 4)[4] for line in lines]

    def wait(self, *texts: bytes) -> None:
        """Wait until exactly this is kept."""
        eventually(lambda: self.texts() == list(texts), 30, f'{texts}')


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_what_runs_is_taken_in_over_restarts(bench: Bench) -> None:
    bench.run()
    bench.fake.write(CAMERA.identity, b'one')
    bench.wait(b'one')
    bench.fake.end(CAMERA.identity, 1)
    bench.fake.start(CAMERA.identity)
    bench.fake.write(CAMERA.identity, b'two')
    bench.wait(b'one', b'two')


def test_what_was_written_while_nobody_listened_is_taken_in(bench: Bench) -> None:
    bench.run()
    bench.fake.write(CAMERA.identity, b'one')
    bench.wait(b'one')
    bench.close()
    bench.fake.write(CAMERA.identity, b'two')
    bench.fake.end(CAMERA.identity, 0)
    bench.open()
    bench.wait(b'one', b'two')
    eventually(lambda: not bench.ingest.reads(CAMERA.slot), 30, 'the end of reading')


def test_a_removal_waits_for_the_rest(bench: Bench) -> None:
    bench.run()
    bench.fake.write(CAMERA.identity, *(b'%d' % number for number in range(100)))
    bench.fake.end(CAMERA.identity, 0)
    bench.ingest.finish(DeviceRuntime.DOCKER, CAMERA.identity)
    assert len(bench.texts()) == 100
    bench.fake.remove(CAMERA.identity)
    eventually(
        lambda: bench.archive.position(CAMERA.identity) == '', 30, 'a position that is forgotten'
    )


def test_an_engine_that_comes_back_is_read_on(bench: Bench) -> None:
    bench.run()
    bench.fake.write(CAMERA.identity, b'one')
    bench.wait(b'one')
    bench.fake.go_away()
    bench.fake.write(CAMERA.identity, b'two')
    bench.fake.come_back()
    bench.wait(b'one', b'two')


def test_a_full_disk_is_told_once_and_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, is_full, refused = bench.archive.keep, [True], []

    def keep_if_there_is_room(identity, output):
        if is_full:
            refused.append(output)
            raise ArchiveFull('No space left on device')
        keep(identity, output)

    monkeypatch.setattr(bench.archive, 'keep', keep_if_there_is_room)
    bench.run()
    bench.fake.write(CAMERA.identity, b'one')
    eventually(lambda: len(refused) >= 2, 30, 'another attempt')
    assert list(bench.complaints) == [FULL]
    is_full.clear()
    bench.fake.write(CAMERA.identity, b'two')
    bench.wait(b'one', b'two')
    eventually(lambda: bench.complaints == {}, 30, 'the complaint taken back')


def test_what_fails_in_an_unforeseen_way_is_read_again_when_more_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(identity, *, after=''):
        raise ZeroDivisionError

    monkeypatch.setattr(bench.fake, 'logs', broken)
    bench.run()
    eventually(lambda: 'cannot be taken in' in caplog.text, 30, 'a word of it')
    eventually(lambda: not bench.ingest.reads(CAMERA.slot), 30, 'the end of reading')
    monkeypatch.undo()
    bench.fake.write(CAMERA.identity, b'one')
    bench.fake.end(CAMERA.identity, 0)
    bench.wait(b'one')


def test_what_is_gone_before_it_could_be_read_is_told_of(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = []

    def broken(identity, *, after=''):
        failed.append(after)
        raise RuntimeFault(
            ReasonKind.ENGINE_UNREACHABLE, error_codes.ENGINE_UNREACHABLE, 'it does not answer'
        )

    monkeypatch.setattr(bench.fake, 'logs', broken)
    bench.run()
    eventually(lambda: failed, 30, 'an attempt')
    bench.fake.write(CAMERA.identity, b'lost')
    bench.fake.remove(CAMERA.identity)
    (text,) = eventually(bench.texts, 30, 'a word of it')
    assert text.startswith(b'output may be missing: ')


def test_what_is_made_anew_while_it_is_read_keeps_its_position(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.run()
    bench.fake.write(CAMERA.identity, b'one')
    bench.wait(b'one')
    forgotten = []
    monkeypatch.setattr(bench.archive, 'forget', forgotten.append)
    instance = bench.fake.list()[0]
    bench.ingest.hear(DeviceRuntime.DOCKER, Gone(CAMERA.identity))
    bench.ingest.hear(DeviceRuntime.DOCKER, Changed(instance))
    bench.fake.write(CAMERA.identity, b'two')
    bench.fake.end(CAMERA.identity, 0)
    eventually(lambda: not bench.ingest.reads(CAMERA.slot), 30, 'the end of reading')
    assert bench.texts() == [b'one', b'two']
    assert forgotten == []
