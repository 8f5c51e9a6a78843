# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A manager that starts last knows every device."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import sys

from contract.peer import Peer, Program
from roost_interfaces.srv import ListDevices
from testbed.wait import eventually

COUNT = 200


def test_a_manager_that_starts_last_hears_every_device(
    domain: int, peer: Peer, make_manager: Callable[..., Program], tmp_path: Path
) -> None:
    argv = [sys.executable, '-m', 'contract.reporters', str(COUNT), str(domain)]
    environment = {'PYTHONPATH': os.pathsep.join(sys.path)}
    reporters = Program(argv, domain, tmp_path / 'reporters.log', environment).start()
    try:
        reporters.wait_log('ready')
        make_manager().start()

        def all_known() -> None:
            response = peer.call(
                ListDevices, '/roost/deployment_manager/list_devices', ListDevices.Request()
            )
            assert len(response.devices) == COUNT

        eventually(lambda: all_known() or True, 30, 'all are known')
    finally:
        reporters.kill()
