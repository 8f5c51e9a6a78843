# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Device policy: what the owner of a device allows to be run there.

The executor enforces it, whatever the manager thinks; the manager refuses early what would be
refused there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePolicy:
    """Rules of one device; patterns are globs. The defaults are those of a device without a file.

    Attributes:
        registries: that images may come from, as images name them; 'docker.io' for none named.
        digests_required: images must be named with a digest.
        digests: allowed ones, 'sha256:...'; empty allows all.
        privileged: containers may be privileged.
        capabilities: that may be added.
        host_paths: folders that volumes may be in; what is below one is allowed too.
        devices: device files that may be passed in.
        host_network: containers may share the network of the host, as ROS components do.
        commands: first words of commands that preinstalled components may run.
        manager_key: the one manager that the device obeys; empty: the first that it hears.
    """

    registries: tuple[str, ...] = ('*',)
    digests_required: bool = False
    digests: tuple[str, ...] = ()
    privileged: bool = False
    capabilities: tuple[str, ...] = ()
    host_paths: tuple[str, ...] = ()
    devices: tuple[str, ...] = ('*',)
    host_network: bool = True
    commands: tuple[str, ...] = ('*',)
    manager_key: str = ''
