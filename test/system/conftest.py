# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Fleets that a module's tests share, and an operator for them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from system.operator import Operator
from testbed import busybox, Fleet, Image, Site

# Devices and managers that make up their minds fast; the proportions are the usual ones.
QUICK_MANAGER = {
    'heartbeat_period_sec': 0.5,
    'missed_heartbeats': 8,
    'second_manager_probe_sec': 0.2,
}
QUICK_EXECUTOR = {
    'runtimes': ['docker', 'preinstalled'],  # also where all of this runs in a container
    'heartbeat_period_sec': 0.5,
    'restart_first_sec': 0.2,
    'restart_cap_sec': 1.0,
    'proving_sec': 2.0,
}

_SITES = pytest.StashKey[list[Site]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the last output of everything that the module's sites of a failed test ran."""
    report = yield
    module = item.getparent(pytest.Module)
    if report.failed and module is not None:
        for site in module.stash.get(_SITES, []):
            for process in site.processes:
                name = f'{process.log_path.stem} on {process.machine.name}'
                report.sections.append((name, process.tail()))
    return report


@pytest.fixture(scope='module')
def module_fleet(request: pytest.FixtureRequest) -> Iterator[Callable[..., Fleet]]:
    """Make and start fleets that end with the module; the arguments are those of `Fleet`."""
    with ExitStack() as stack:

        def make(
            *args: Any,
            images: tuple[Image, ...] | None = None,
            manager_parameters: dict[str, Any] | None = None,
            executor_parameters: dict[str, Any] | None = None,
            **kwargs: Any,
        ) -> Fleet:
            site = stack.enter_context(Site((busybox(),) if images is None else images))
            request.node.stash.setdefault(_SITES, []).append(site)
            fleet = stack.enter_context(
                Fleet(
                    site,
                    *args,
                    manager_parameters={**QUICK_MANAGER, **(manager_parameters or {})},
                    executor_parameters={**QUICK_EXECUTOR, **(executor_parameters or {})},
                    **kwargs,
                )
            )
            fleet.wait_online()
            return fleet

        yield make


@pytest.fixture(scope='module')
def fleet(module_fleet: Callable[..., Fleet]) -> Fleet:
    """Give a fleet of two devices; modules that need another one say so."""
    return module_fleet(2, introspection=None)


@pytest.fixture(scope='module')
def operator(fleet: Fleet) -> Operator:
    """Give an operator of the module's fleet."""
    return Operator(fleet)
