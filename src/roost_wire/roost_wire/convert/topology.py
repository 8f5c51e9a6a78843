# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Who runs what, as messages."""

from __future__ import annotations

from collections.abc import Iterator

from roost_core.deployment import Deployment
from roost_core.graph.topology import (
    DeclaredInterface,
    InterfaceKind,
    Topology,
    TopologyComponent,
    TopologyDeployment,
    TopologyDevice,
    TopologyExecutable,
    TopologyNetwork,
    TopologyVolume,
)
from roost_core.network import RosNetwork
from roost_core.package import DeviceRuntime, Package, RosInterface
from roost_core.phase import Phase
from roost_core.resource import ResourceKind
from roost_core.status import Status
from roost_interfaces import msg
from roost_wire.convert.fleet import runtime_word
from roost_wire.convert.states import PHASE_OF, PHASES, STATUS_OF, STATUSES

INTERFACE_KINDS = {
    InterfaceKind.TOPIC: msg.DeclaredInterface.KIND_TOPIC,
    InterfaceKind.SERVICE: msg.DeclaredInterface.KIND_SERVICE,
    InterfaceKind.ACTION: msg.DeclaredInterface.KIND_ACTION,
}
INTERFACE_KIND_OF = {number: kind for kind, number in INTERFACE_KINDS.items()}


def topology_of(message: msg.Topology) -> Topology:
    """Read who runs what; of what a newer manager says, what is understood."""
    return Topology(
        deployments=tuple(_deployment_of(each) for each in message.deployments),
        devices=tuple(
            TopologyDevice(
                name=each.name,
                host_name=each.host_name,
                host_ids=tuple(each.host_ids),
                executor=each.executor,
                online=each.online,
            )
            for each in message.devices
        ),
        networks=tuple(network_of(each) for each in message.networks),
        volumes=tuple(
            TopologyVolume(
                id=each.id,
                name=each.name,
                device=each.device,
                phase=PHASE_OF.get(each.phase),
                status=STATUS_OF.get(each.status, Status.UNKNOWN),
                running=each.running,
            )
            for each in message.volumes
        ),
    )


def _deployment_of(message: msg.TopologyDeployment) -> TopologyDeployment:
    return TopologyDeployment(
        id=message.id,
        name=message.name,
        phase=PHASE_OF.get(message.phase),
        status=STATUS_OF.get(message.status, Status.UNKNOWN),
        dependencies=tuple(message.dependencies),
        volumes=tuple(message.volumes),
        networks=tuple(message.networks),
        components=tuple(
            TopologyComponent(
                name=each.component,
                network=each.network,
                nodes=tuple(each.nodes),
                interfaces=tuple(
                    DeclaredInterface(
                        kind=INTERFACE_KIND_OF[one.kind], name=one.name, type=one.type
                    )
                    for one in each.interfaces
                    if one.kind in INTERFACE_KIND_OF
                ),
            )
            for each in message.components
        ),
        executables=tuple(_executable_of(each) for each in message.executables),
    )


def _executable_of(message: msg.TopologyExecutable) -> TopologyExecutable:
    native = message.runtime == DeviceRuntime.PREINSTALLED
    return TopologyExecutable(
        component=message.component,
        name=message.executable,
        device=message.device,
        runtime=DeviceRuntime.PREINSTALLED if native else DeviceRuntime.DOCKER,
        host_name=message.host_name,
        running=message.running,
    )


def network_of(message: msg.TopologyNetwork) -> TopologyNetwork:
    """Read a network."""
    return TopologyNetwork(
        id=message.id,
        name=message.name,
        domain_id=message.domain_id,
        discovery_range=message.discovery_range,
        discovery_server=message.discovery_server,
        device=message.device,
        phase=PHASE_OF.get(message.phase),
        status=STATUS_OF.get(message.status, Status.UNKNOWN),
        running=message.running,
    )


def network_message(network: TopologyNetwork) -> msg.TopologyNetwork:
    """Write a network."""
    return msg.TopologyNetwork(
        id=network.id,
        name=network.name,
        domain_id=network.domain_id,
        discovery_range=network.discovery_range,
        discovery_server=network.discovery_server,
        device=network.device,
        phase=PHASES[network.phase] if network.phase else msg.Deployment.PHASE_UNKNOWN,
        status=STATUSES[network.status],
        running=network.running,
    )


def deployment_message(deployment: Deployment, package: Package) -> msg.TopologyDeployment:
    """Write a deployment of a package."""
    uses: dict[ResourceKind, list[str]] = {kind: [] for kind in ResourceKind}
    for dependency in deployment.dependencies:
        uses[dependency.kind].append(dependency.id)
    parts = {part.name: part for part in package.components}
    ros = {name: part.ros for name, part in parts.items()}
    return msg.TopologyDeployment(
        id=deployment.id,
        name=deployment.name,
        phase=PHASES[deployment.phase],
        status=STATUSES[deployment.status],
        dependencies=uses[ResourceKind.DEPLOYMENT],
        volumes=uses[ResourceKind.VOLUME],
        networks=uses[ResourceKind.NETWORK],
        components=[
            msg.TopologyComponent(
                component=state.name,
                network=state.network,
                nodes=list(ros[state.name].nodes),
                interfaces=list(_declared(ros[state.name])),
            )
            for state in deployment.components
        ],
        executables=[
            msg.TopologyExecutable(
                component=state.component,
                executable=state.name,
                device=state.device,
                runtime=runtime_word(parts[state.component]),
                host_name=state.host_name,
                running=state.status is Status.RUNNING,
            )
            for state in deployment.executables
        ],
    )


def _declared(ros: RosInterface) -> Iterator[msg.DeclaredInterface]:
    for kind, endpoints in (
        (InterfaceKind.TOPIC, ros.topics),
        (InterfaceKind.SERVICE, ros.services),
        (InterfaceKind.ACTION, ros.actions),
    ):
        for each in endpoints:
            yield msg.DeclaredInterface(kind=INTERFACE_KINDS[kind], name=each.name, type=each.type)


def deployed_network(
    deployment: Deployment, told: RosNetwork | None, *, running: bool
) -> TopologyNetwork:
    """Give a network that is deployed.

    Args:
        told: what its members are told; None while that is not known.
    """
    spec = deployment.network
    assert spec is not None
    return TopologyNetwork(
        id=deployment.id,
        name=deployment.name,
        domain_id=deployment.domain_id,
        discovery_range=told.discovery_range if told is not None else '',
        discovery_server=told.discovery_server if told is not None else '',
        device=spec.device,
        phase=deployment.phase,
        status=deployment.status,
        running=running,
    )


def built_in_network(network: RosNetwork) -> TopologyNetwork:
    """Give the network that is there without a manifest."""
    return TopologyNetwork(
        name=network.name,
        domain_id=network.domain_id,
        discovery_range=network.discovery_range,
        phase=Phase.SUCCEEDED,
    )


def volume_message(deployment: Deployment, *, running: bool) -> msg.TopologyVolume:
    """Write a volume."""
    spec = deployment.volume
    assert spec is not None
    return msg.TopologyVolume(
        id=deployment.id,
        name=deployment.name,
        device=spec.device,
        phase=PHASES[deployment.phase],
        status=STATUSES[deployment.status],
        running=running,
    )
