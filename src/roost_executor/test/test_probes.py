# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking whether executables are alive: with real sockets, and a runtime in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import socket
import threading
import time
from typing import Any

import pytest
from supervisor_rig import wanted

from roost_core.package import HttpProbe, LivenessProbe
from roost_executor.probes import Followed, Probes
from roost_executor.probing import ask, CannotTell
from roost_executor.runtimes.fake import FakeRuntime, HANGS
from testbed import eventually


def probed(name: str = 'camera', **values: Any):
    item = wanted(name)
    return replace(item, spec=replace(item.spec, liveness_probe=LivenessProbe(**values)))


@pytest.fixture
def engine() -> FakeRuntime:
    engine = FakeRuntime()
    engine.images.here['camera:1'] = 'sha256:one'
    return engine


def running(engine: FakeRuntime, item):
    engine.create(item)
    engine.start(item.identity)
    return item


@contextmanager
def server(*answers: bytes, pause_sec: float = 0.0) -> Iterator[int]:
    """Answer every connection with these pieces, pausing before each; give the port."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.recv(4096)
            for answer in answers:
                over.wait(pause_sec)
                try:
                    connection.sendall(answer)
                except OSError:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(('127.0.0.1', 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def closed_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return int(listener.getsockname()[1])


class TestAsking:
    @pytest.mark.parametrize(
        ('command', 'expected'),
        [
            (('true',), ''),
            (('sh', '-c', 'exit 4'), 'sh exited with code 4'),
            (('missing',), 'missing exited with code 127'),
            (HANGS, 'sleep did not end within 1 s'),
        ],
    )
    def test_a_command(self, engine: FakeRuntime, command, expected) -> None:
        assert ask(running(engine, probed(exec=command)), engine) == expected

    def test_a_port(self, engine: FakeRuntime) -> None:
        with server() as port:
            assert ask(running(engine, probed(tcp=port)), engine) == ''
        assert ask(probed(tcp=closed_port()), engine) == 'it does not run'
        assert ask(running(engine, probed(tcp=closed_port())), engine) == 'Connection refused'

    @pytest.mark.parametrize(
        ('answer', 'expected'),
        [
            (b'HTTP/1.1 200 OK\r\n\r\n', ''),
            (b'HTTP/1.0 302\r\n\r\n', ''),
            (b'HTTP/1.1 404 Not Found\r\n\r\n', 'GET /alive was answered with 404'),
            (b'HTTP/1.1 503 Busy\r\n\r\n', 'GET /alive was answered with 503'),
            (b'SSH-2.0-OpenSSH\r\n', 'GET /alive was answered with no HTTP'),
            (b'', 'GET /alive was answered with no HTTP'),
        ],
    )
    def test_a_page(self, engine: FakeRuntime, answer, expected) -> None:
        with server(answer) as port:
            item = running(engine, probed(http=HttpProbe(port=port, path='/alive')))
            assert ask(item, engine) == expected

    def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(
        self, engine: FakeRuntime
    ) -> None:
        with server(*[b'H'] * 100, pause_sec=0.1) as port:
            item = running(engine, probed(http=HttpProbe(port=port), timeout=0.3))
            began = time.monotonic()
            assert ask(item, engine) == 'no answer within 0.3 s'
            assert time.monotonic() - began < 2.0

    def test_an_engine_that_is_away_says_nothing_about_what_it_runs(
        self, engine: FakeRuntime
    ) -> None:
        item = running(engine, probed(exec=('true',)))
        engine.go_away()

        with pytest.raises(CannotTell):
            ask(item, engine)


class Scripted(FakeRuntime):
    """A runtime whose commands exit as they are told; the last one is repeated."""

    def __init__(self, *codes: int | None) -> None:
        super().__init__()
        self.codes = list(codes)
        self.asked: list[float] = []

    def exec(self, identity: Any, command: Any, *, timeout_sec: float) -> int | None:
        self.asked.append(time.monotonic())
        return self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]


@pytest.fixture
def probes() -> Iterator[tuple[Probes, list[Followed]]]:
    stuck: list[Followed] = []
    probes = Probes(stuck=stuck.append, most=2)
    yield probes, stuck
    probes.close()


def often(**values: Any):
    return probed(exec=('check',), **{'period': 0.01, 'failure_threshold': 3, **values})


class TestProbes:
    def test_so_many_failures_in_a_row_are_a_verdict_and_it_is_asked_no_more(self, probes) -> None:
        asking, stuck = probes
        engine = Scripted(1, 1, 0, 1, 1, 0, 2)

        asking.follow(often(), engine)

        eventually(lambda: stuck)
        assert stuck[0].verdict == (
            'did not answer its liveness probe 3 times: check exited with code 2'
        )
        assert len(engine.asked) == 9
        asking.follow(often(), engine)
        assert asking.follows(stuck[0])

    def test_one_failure_can_be_enough(self, probes) -> None:
        asking, stuck = probes
        asking.follow(often(failure_threshold=1), Scripted(None))

        eventually(lambda: stuck)
        assert stuck[0].verdict == (
            'did not answer its liveness probe: check did not end within 1 s'
        )

    def test_it_begins_after_the_delay_and_keeps_the_period(self, probes) -> None:
        asking, _ = probes
        engine = Scripted(0)
        began = time.monotonic()

        asking.follow(often(initial_delay=0.2, period=0.05), engine)

        eventually(lambda: len(engine.asked) >= 4)
        assert engine.asked[0] - began >= 0.2
        assert engine.asked[3] - began >= 0.2 + 3 * 0.05

    def test_who_is_left_is_not_asked_and_another_run_begins_anew(self, probes) -> None:
        asking, stuck = probes
        engine = Scripted(1)
        asking.follow(often(period=0.5), engine)  # it is left before it is asked again
        eventually(lambda: len(engine.asked) == 2)

        asking.leave(often().slot)
        engine.asked.clear()
        asking.follow(often(period=0.05), engine)

        eventually(lambda: stuck)
        assert len(engine.asked) == 3

    def test_one_that_hangs_holds_up_neither_the_others_nor_the_end(self, probes) -> None:
        asking, _ = probes
        hangs, engine = Hanging(0), Scripted(0)
        asking.follow(often(), hangs)
        eventually(lambda: hangs.asked)

        asking.follow(replace(often(), slot=wanted('other').slot), engine)

        eventually(lambda: len(engine.asked) > 3)
        asking.close()

    def test_many_are_asked_on_time(self, probes) -> None:
        asking, stuck = probes
        engine = Scripted(0)
        for number in range(50):
            asking.follow(replace(often(period=0.05), slot=wanted(f'camera{number}').slot), engine)

        eventually(lambda: len(engine.asked) >= 200)
        assert stuck == []


class Hanging(Scripted):
    """A runtime whose commands do not end in time, nor at all."""

    def exec(self, identity: Any, command: Any, *, timeout_sec: float) -> int | None:
        self.asked.append(time.monotonic())
        threading.Event().wait()
        return None
