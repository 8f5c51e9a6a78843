# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Fleets that are ready to be hurt: one of a module's own, or one of a test's."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from faults.operator import Operator
from testbed import busybox, Fleet, Site

SHARED = pytest.StashKey[Site]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the last output of everything that the module's site of a failed test ran."""
    report = yield
    module = item.getparent(pytest.Module)
    if report.failed and module is not None and SHARED in module.stash:
        for process in module.stash[SHARED].processes:
            name = f'{process.log_path.stem} on {process.machine.name}'
            report.sections.append((name, process.tail()))
    return report


@pytest.fixture(scope='module')
def shared(request: pytest.FixtureRequest) -> Iterator[Operator]:
    """Make the fleet of a module: one device, unless its FLEET or a parameter say otherwise."""
    given = {**getattr(request.module, 'FLEET', {}), **getattr(request, 'param', {})}
    with Site([busybox()]) as site:
        request.node.stash[SHARED] = site
        with Fleet(site, **{'introspection': None, **given}) as fleet:
            yield Operator(fleet).ready()


@pytest.fixture
def operator(shared: Operator) -> Iterator[Operator]:
    """Give the operator of the module's fleet, which is whole and empty again afterwards."""
    yield shared
    shared.clear()


@pytest.fixture
def make_operator(make_fleet: Callable[..., Fleet]) -> Callable[..., Operator]:
    """Make fleets of this test's own, all devices online; arguments are those of `Fleet`."""

    def make(*args: Any, **kwargs: Any) -> Operator:
        return Operator(make_fleet(*args, introspection=None, **kwargs)).ready()

    return make
