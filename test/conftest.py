# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures over the testbed, and the logs of a failed test's processes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
import signal
from typing import Any

import pytest

from testbed import busybox, Fleet, Image, ros, Site

SITES = pytest.StashKey[list[Site]]()


def pytest_configure() -> None:
    """End on SIGTERM as on Ctrl-C: with the finalizers run.

    Ctrl-C itself is heeded too, and so by the programs that tests start: a shell has it ignored by
    what it starts in the background.
    """

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt('SIGTERM')

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the last output of everything that the sites of a failed test ran."""
    report = yield
    if report.failed:
        for site in item.stash.get(SITES, []):
            for process in site.processes:
                name = f'{process.log_path.stem} on {process.machine.name}'
                report.sections.append((name, process.tail()))
    return report


@pytest.fixture
def make_site(request: pytest.FixtureRequest) -> Iterator[Callable[..., Site]]:
    """Make sites that end with the test; the arguments are those of `Site`."""
    with ExitStack() as stack:

        def make(*args: Any, **kwargs: Any) -> Site:
            site = stack.enter_context(Site(*args, **kwargs))
            request.node.stash.setdefault(SITES, []).append(site)
            return site

        yield make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """Give a site whose devices hold the busybox image."""
    return make_site([busybox()])


@pytest.fixture
def make_fleet(make_site: Callable[..., Site]) -> Iterator[Callable[..., Fleet]]:
    """Make and start fleets that end with the test; the arguments are those of `Fleet`."""
    with ExitStack() as stack:

        def make(
            *args: Any,
            images: tuple[Image, ...] | None = None,
            disk: Path | None = None,
            **kwargs: Any,
        ) -> Fleet:
            site = make_site((busybox(),) if images is None else images, disk=disk)
            return stack.enter_context(Fleet(site, *args, **kwargs))

        yield make


@pytest.fixture(scope='session')
def ros_image() -> Image:
    """Give an image with a real ROS 2."""
    return ros()
