# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo: what a person does in the first minutes, done before their eyes."""

from __future__ import annotations

import os
from pathlib import Path
import sys
import threading
import time
from typing import TYPE_CHECKING

from roost_cli.columns import COLUMNS
from roost_cli.domain import own_domain
from roost_cli.drawing import draw, write_picture
from roost_cli.exits import Exit, RoostError, TookTooLong
from roost_cli.files import read_files
from roost_cli.following import targets_of, wait_until_running
from roost_cli.local_fleet import LocalFleet
from roost_cli.model import Picture
from roost_cli.output import say, show
from roost_cli.upping import running_fleet, stay
from roost_core.graph.model import EdgeKind, VertexKind

if TYPE_CHECKING:
    from roost_cli.ros_api import Manager

DEVICES = ('rover1', 'rover2')
READY_SEC = 60.0
RUNNING_SEC = 120.0
GRAPH_SEC = 30.0
LOOK_SEC = 1.0


def demonstrate(manifest: str, *, runtime: str, once: bool, svg: Path | None) -> int:
    """Run the demo and give the exit code.

    Args:
        once: end when everything was shown.
        svg: keeps the picture of the graph; None: it goes with the fleet.

    Raises:
        RoostError: not everything ran or was seen.
    """
    began = time.monotonic()
    if svg is not None:
        write_picture(svg, b'')  # a name that cannot be written is told before the start
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    files = read_files([manifest])
    with running_fleet(
        devices=DEVICES,
        runtimes=[runtime],
        domain_id=own_domain(),
        state_dir=None,
        ephemeral=True,
        timeout_sec=READY_SEC,
    ) as (fleet, manager):
        _show(manager, files, svg or fleet.state_dir / 'graph.svg')
        if svg is None:
            say('it goes with the rest; --svg FILE keeps one')
        say(f'shown {time.monotonic() - began:.1f} s after the start')
        if not once:
            _invite(fleet)
            stay(fleet)
        say('deprovisioning and ending everything')
    return Exit.OK


def _show(manager: Manager, files: list[tuple[str, str]], svg: Path) -> None:
    from roost_cli.sending import open_files  # the reader of manifests is slow to import

    say(f"roost apply --wait '{files[0][0]}'")
    changes, refusal = manager.apply(manager.sealed(open_files(files)))
    if refusal is not None:
        raise refusal
    code = wait_until_running(manager.follow(targets_of(changes), RUNNING_SEC))
    say('\nroost get')
    show(manager.deployments(), 'table', columns=COLUMNS['deployments'])
    if code is not Exit.OK:
        raise RoostError('not everything that was deployed runs')
    say('\nroost graph')
    picture = _await_all_arrows(manager)
    draw(picture)
    sys.stdout.flush()
    write_picture(svg, manager.graph(format='svg').content)
    say(f"the same as a picture: '{svg}'")


def _await_all_arrows(manager: Manager) -> Picture:
    """Wait until a dependency, a topic, a service and an action are seen in the live graph.

    Each between deployments, and all as at the look before: it takes a moment until the nodes
    have found each other, and until every one is known to be whose.
    """
    deadline = time.monotonic() + GRAPH_SEC
    pause = threading.Event()
    before = None
    while True:
        picture = manager.graph()
        missing = [kind for kind in EdgeKind if kind not in _arrows_between(picture)]
        strangers = any(each.kind is VertexKind.FOREIGN for each in picture.graph.vertices)
        if not missing and not strangers and picture == before:
            return picture
        before = picture
        if time.monotonic() > deadline:
            draw(picture)
            words = f'no {", ".join(missing)}' if missing else 'nothing steady'
            raise TookTooLong(f'{words} in the graph after {GRAPH_SEC:g} s')
        pause.wait(LOOK_SEC)


def _arrows_between(picture: Picture) -> set[EdgeKind]:
    deployments = {
        each.id for each in picture.graph.vertices if each.kind is VertexKind.DEPLOYMENT
    }
    return {
        edge.kind
        for edge in picture.graph.edges
        if edge.source in deployments and edge.target in deployments
    }


def _invite(fleet: LocalFleet) -> None:
    say(
        '\nIt goes on until Ctrl-C. Look in from another shell:\n'
        f'  . scripts/env; export ROS_DOMAIN_ID={fleet.domain_id}\n'
        '  roost get -o wide\n'
        '  roost describe deployment turtle\n'
        '  roost events -f\n'
        '  roost devices'
    )
