# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks and volumes as deployments, of packages that Roost brings itself.

So they have phases, statuses and codes like all that is deployed, are placed, watched and
deprovisioned by the same code, and what uses them depends on them.
"""

from __future__ import annotations

from dataclasses import replace

from roost_core import lifecycle
from roost_core.deployment import ComponentSpec, Deployment, DeploymentSpec
from roost_core.device import DeviceView
from roost_core.instance import Mount, MountKind
from roost_core.names import DeploymentId
from roost_core.network import DEFAULT_SERVER_PORT, NetworkSpec, NetworkType, RosNetwork
from roost_core.package import (
    Component,
    DeviceRuntime,
    Executable,
    Package,
    RosInterface,
    Runtime,
)
from roost_core.policy import DISCOVERY_SERVER
from roost_core.report import DeviceFacts
from roost_core.volume import VolumeSpec

SERVER = 'server'
VOLUME = 'volume'

# No name of a user's package has a slash.
_NATIVE_NETWORK = Package(name='roost/native-network', version='1', components=())
_DISCOVERY_SERVER = 'roost/discovery-server'
VOLUME_PACKAGE = Package(
    name='roost/volume',
    version='1',
    components=(
        Component(
            name=VOLUME,
            runtime=Runtime.DEVICE,
            device_runtime=DeviceRuntime.DIRECTORY,
            executables=(Executable(name=VOLUME),),
        ),
    ),
)

# Bound to all addresses: members on the server's own host use the address of the device, too.
_SERVER_COMMAND = (DISCOVERY_SERVER, '-i', '0', '-l', '0.0.0.0', '-p')


def package_of(deployment: Deployment) -> Package | None:
    """Give the package of a network or a volume; None for other deployments."""
    if deployment.network is not None:
        if deployment.network.type is NetworkType.NATIVE:
            return _NATIVE_NETWORK
        return server_package(deployment.network, DeviceRuntime(deployment.spec.package.version))
    return None if deployment.volume is None else VOLUME_PACKAGE


def server_runtime(facts: DeviceFacts | None) -> DeviceRuntime:
    """Choose how a device runs a discovery server: as a process where it can."""
    if facts is not None and DeviceRuntime.PREINSTALLED not in facts.runtimes:
        return DeviceRuntime.DOCKER
    return DeviceRuntime.PREINSTALLED


def network(
    id: DeploymentId,
    spec: NetworkSpec,
    *,
    domain_id: int,
    runtime: DeviceRuntime,
    server_image: str,
    created_at: float,
    created_by: str,
) -> Deployment:
    """Make the network that an admitted request asks for.

    Args:
        runtime: of its discovery server.
        server_image: with the discovery server, for devices that have containers only.
    """
    components = {}
    package = _NATIVE_NETWORK
    if spec.type is NetworkType.ROUTED:
        spec = replace(spec, port=spec.port or DEFAULT_SERVER_PORT)
        package = server_package(spec, runtime)
        in_container = runtime is DeviceRuntime.DOCKER
        components[SERVER] = ComponentSpec(
            device=spec.device,
            restart=spec.restart,
            images={SERVER: server_image} if in_container else {},
        )
    made = lifecycle.create(
        id,
        _spec(spec, package, components),
        package,
        dependencies=(),
        default_network='',
        created_at=created_at,
        created_by=created_by,
    )
    return replace(made, network=spec, domain_id=domain_id)


def volume(
    id: DeploymentId, spec: VolumeSpec, *, created_at: float, created_by: str
) -> Deployment:
    """Make the volume that an admitted request asks for."""
    made = lifecycle.create(
        id,
        _spec(spec, VOLUME_PACKAGE, {VOLUME: ComponentSpec(device=spec.device)}),
        VOLUME_PACKAGE,
        dependencies=(),
        default_network='',
        created_at=created_at,
        created_by=created_by,
    )
    return replace(made, volume=spec)


def ros_network(
    deployment: Deployment, device: DeviceView | None, *, discovery_range: str
) -> RosNetwork | None:
    """Give what members of a network are told; None while its server has no known address.

    Args:
        device: that its discovery server is on.
        discovery_range: of native networks.
    """
    spec = deployment.network
    assert spec is not None
    if spec.type is NetworkType.NATIVE:
        return RosNetwork(
            name=spec.name, domain_id=deployment.domain_id, discovery_range=discovery_range
        )
    server = server_address(deployment, device)
    if not server:
        return None
    return RosNetwork(
        name=spec.name,
        domain_id=deployment.domain_id,
        discovery_range='SUBNET',  # with OFF, members do not find even the server
        discovery_server=server,
    )


def server_address(deployment: Deployment, device: DeviceView | None) -> str:
    """Give address and port of the discovery server of a network; empty while not known."""
    spec = deployment.network
    facts = device.facts if device is not None else None
    if spec is None or facts is None or not facts.address:
        return ''
    address = f'UDPv6:[{facts.address}]' if ':' in facts.address else facts.address
    return f'{address}:{spec.port}'


def mount_source(deployment: Deployment) -> Mount:
    """Give what those that mount a volume get; the target is theirs to say."""
    spec = deployment.volume
    assert spec is not None
    if spec.host_path:
        return Mount(kind=MountKind.HOST, name=spec.name, source=spec.host_path, target='')
    return Mount(kind=MountKind.VOLUME, name=spec.name, source=deployment.id, target='')


def _spec(
    spec: NetworkSpec | VolumeSpec, package: Package, components: dict[str, ComponentSpec]
) -> DeploymentSpec:
    return DeploymentSpec(
        name=spec.name,
        description=spec.description,
        labels=spec.labels,
        package=package.ref,
        components=components,
    )


def server_package(spec: NetworkSpec, runtime: DeviceRuntime) -> Package:
    """Give the package of a discovery server, whose version says how it is run."""
    return Package(
        name=_DISCOVERY_SERVER,
        version=str(runtime),
        components=(
            Component(
                name=SERVER,
                runtime=Runtime.DEVICE,
                device_runtime=runtime,
                restart=spec.restart,
                executables=(
                    Executable(
                        name=SERVER,
                        command=(*_SERVER_COMMAND, str(spec.port)),
                    ),
                ),
                # In a container it shares the network of the host as ROS components do.
                ros=RosInterface(enabled=runtime is DeviceRuntime.DOCKER),
            ),
        ),
    )
