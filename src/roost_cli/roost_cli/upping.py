# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of a fleet on this machine, from its start to the last process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import contextlib
import os
from pathlib import Path
import shutil
import signal
import tempfile
import time
from types import FrameType
from typing import TYPE_CHECKING

from roost_cli.connect import connect
from roost_cli.exits import RoostError
from roost_cli.following import Target, wait_until_stopped
from roost_cli.local_fleet import LocalFleet
from roost_cli.output import say
from roost_cli.reach import where
from roost_cli.state_lock import only_fleet_in
from roost_core.resource import ResourceKind

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager

REMOVE_SEC = 15.0


@contextlib.contextmanager
def running_fleet(
    *,
    devices: Sequence[str],
    runtimes: Sequence[str],
    domain_id: int,
    state_dir: Path | None,
    ephemeral: bool,
    timeout_sec: float,
) -> Iterator[tuple[LocalFleet, Manager]]:
    """Start a fleet, give it when it is ready, and end it whatever happens.

    Args:
        state_dir: None for a temporary one, which goes with an ephemeral fleet.
        ephemeral: at the end, deprovision everything that is deployed.

    Raises:
        RoostError: it cannot be started, or is not ready after timeout_sec.
    """
    # All of it is on this machine: nothing is sent to a network unless the user wants it.
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with contextlib.ExitStack() as stack:
        stack.enter_context(_sigterm_as_ctrl_c())
        if state_dir is None:
            state_dir = Path(tempfile.mkdtemp(prefix='roost-'))
            stack.push(_forget(state_dir))
        stack.enter_context(only_fleet_in(state_dir, domain_id))
        fleet = LocalFleet(
            devices=devices, runtimes=runtimes, domain_id=domain_id, state_dir=state_dir
        )
        say(f'starting a manager, introspection and {", ".join(devices)} {where(domain_id)}')
        say(f"  state: '{state_dir}', logs: '{fleet.log_dir}'")
        began = time.monotonic()
        stack.callback(fleet.stop)
        fleet.start()
        manager = stack.enter_context(connect(1.0, domain_id))
        fleet.await_ready(manager, timeout_sec)
        say(f'  all online after {time.monotonic() - began:.1f} s')
        stack.callback(_clear_up if ephemeral else _tell_what_stays, manager)
        yield fleet, manager


def _forget(state_dir: Path) -> Callable[..., None]:
    """Remove a temporary state folder at the end, unless its logs are needed to see why."""

    def leave(kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not issubclass(kind, RoostError):
            shutil.rmtree(state_dir, ignore_errors=True)
        else:
            say(f"  '{state_dir}' is kept, for its logs")

    return leave


def stay(fleet: LocalFleet) -> bool:
    """Stay until Ctrl-C, and tell of each node that ends; False when none is left."""
    try:
        for child in fleet.deaths():
            say(child.epitaph())
            say('  it is not started again: end this by Ctrl-C, then start it anew')
    except KeyboardInterrupt:
        say('\nending')
        return True
    return False


def _clear_up(manager: Manager) -> None:
    try:
        names = [each.name for each in manager.deployments()]
        if names:
            ids = manager.deprovision(names, force=True)
            targets = [Target(ResourceKind.DEPLOYMENT, id, id) for id in ids]
            wait_until_stopped(manager.follow(targets, REMOVE_SEC))
    except RoostError as error:
        say(f'not everything could be deprovisioned, and may go on running: {error}')


def _tell_what_stays(manager: Manager) -> None:
    try:
        names = [each.name for each in manager.deployments()]
    except RoostError:
        say(
            'the manager does not answer. What is deployed goes on without the fleet: '
            '`roost up` finds it again, and `roost get` then lists it'
        )
        return
    if names:
        say(
            f'{", ".join(names)}: deployed, and going on without the fleet. '
            '`roost up` finds them again, `roost deprovision` then ends them'
        )


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
