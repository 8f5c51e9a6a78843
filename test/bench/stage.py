# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The fleet that the benchmarks run on: a manager and one device, in namespaces of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import json

from bench import client_side
from roost_interfaces.msg import ComponentSpec, DeploymentSpec, Device, ManifestFile
from roost_interfaces.srv import Apply, ListDevices
from testbed import busybox, eventually, Fleet, Site

IMAGE = 'bench:1'
COMMAND = ['sleep', '100000']


def manifest(executables: int) -> str:
    """Write the manifest of a package with so many containers on the host's network."""
    package = {
        'apiVersion': 'roost/v1',
        'kind': 'Package',
        'metadata': {'name': f'bench-{executables}', 'version': '1'},
        'spec': {
            'components': [
                {
                    'name': 'main',
                    'runtime': 'device',
                    'device': {'runtime': 'docker', 'restart': 'always'},
                    'ros': {'enabled': True},
                    'executables': [
                        {
                            'name': f'e{index}',
                            'image': IMAGE,
                            'command': COMMAND,
                            'stopTimeout': 0.1,
                        }
                        for index in range(executables)
                    ],
                }
            ]
        },
    }
    return json.dumps(package)


def spec(name: str, executables: int) -> DeploymentSpec:
    """Ask for a deployment of such a package."""
    return DeploymentSpec(
        name=name,
        package_name=f'bench-{executables}',
        package_version='1',
        components=[ComponentSpec(name='main', device='rover1')],
    )


@contextmanager
def stage(executables: list[int]) -> Iterator[Fleet]:
    """Give a fleet whose device is online, with the image in its engine and packages applied."""
    with Site([busybox()]) as site, Fleet(site, 1, introspection=None) as fleet:
        fleet.devices['rover1'].engine.load(busybox(), IMAGE)

        def online() -> bool:
            listed = fleet.client.call(
                ListDevices, f'{client_side.MANAGER}/list_devices', every_sec=1.0
            )
            return [device.liveness for device in listed.devices] == [Device.LIVENESS_ONLINE]

        eventually(online, 30, 'the device is online')
        files = [ManifestFile(name='bench.yaml', text=manifest(count)) for count in executables]
        applied = fleet.client.call(
            Apply, f'{client_side.MANAGER}/apply', Apply.Request(files=files)
        )
        assert applied.result.ok, applied.result
        fleet.client.run(client_side.listen)
        yield fleet
