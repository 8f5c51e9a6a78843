# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Builders: a fleet and what is seen of it, in as few words as a case needs."""

from roost_core.graph.attribution import Attributor
from roost_core.graph.build import build
from roost_core.graph.snapshot import Endpoint, EndpointKind, NetworkSnapshot, Participant
from roost_core.graph.topology import (
    Topology,
    TopologyComponent,
    TopologyDeployment,
    TopologyDevice,
    TopologyExecutable,
)
from roost_core.graph.view import Switches, view
from roost_core.package import DeviceRuntime
from roost_core.phase import Phase
from roost_core.status import Status

PUB = EndpointKind.PUBLISHER
SUB = EndpointKind.SUBSCRIPTION
SERVER = EndpointKind.SERVICE_SERVER
CLIENT = EndpointKind.SERVICE_CLIENT
ACTION_SERVER = EndpointKind.ACTION_SERVER
ACTION_CLIENT = EndpointKind.ACTION_CLIENT


def prefix(number):
    """Give the GUID prefix of a participant that no vendor's rule reads."""
    return f'0110{number:020x}'


def endpoint(process, node, kind, name, type_='std_msgs/msg/String', entity=1):
    namespace, _, base = node.rpartition('/')
    return Endpoint(
        kind=kind,
        name=name,
        type=type_,
        node_name=base,
        node_namespace=namespace or '/',
        gid=f'{prefix(process)}{entity:08x}',
    )


def participant(process, **values):
    return Participant(gid_prefix=prefix(process), **values)


def in_container(process, deployment):
    return participant(process, host_name=f'{deployment}-host', process_id=1)


def deployment(name, *needs, running=True, nodes=(), device='rover1', **values):
    """Give a deployment of one container; its id and host name come from its name."""
    return TopologyDeployment(
        id=f'{name}-id',
        name=name,
        dependencies=tuple(f'{each}-id' for each in needs),
        executables=(
            TopologyExecutable(
                component='main',
                name='run',
                device=device,
                host_name=f'{name}-host',
                running=running,
            ),
        ),
        components=(TopologyComponent(name='main', nodes=tuple(nodes)),),
        **({'phase': Phase.PROVISIONING, 'status': Status.PENDING} if not running else {}),
        **values,
    )


def native(name, *needs, running=True, nodes=(), device='rover1'):
    return TopologyDeployment(
        id=f'{name}-id',
        name=name,
        dependencies=tuple(f'{each}-id' for each in needs),
        executables=(
            TopologyExecutable(
                component='main',
                name='run',
                device=device,
                runtime=DeviceRuntime.PREINSTALLED,
                running=running,
            ),
        ),
        components=(TopologyComponent(name='main', nodes=tuple(nodes)),),
    )


def device(name, *host_ids, host_name='', online=True):
    return TopologyDevice(
        name=name,
        host_name=host_name,
        host_ids=host_ids,
        executor=f'/roost/devices/{name}/executor',
        online=online,
    )


def topology(*parts):
    return Topology(
        deployments=tuple(part for part in parts if isinstance(part, TopologyDeployment)),
        devices=tuple(part for part in parts if isinstance(part, TopologyDevice)),
    )


def snapshot(*parts, network='default'):
    return NetworkSnapshot(
        network=network,
        domain_id=1,
        endpoints=tuple(part for part in parts if isinstance(part, Endpoint)),
        participants=tuple(part for part in parts if isinstance(part, Participant)),
    )


def draw(seen, deployed, answers=None, **switches):
    snapshots = seen if isinstance(seen, list) else [seen]
    live = build(snapshots, deployed, Attributor(deployed, answers or {}))
    return view(live, Switches(**switches))


def arrows(graph):
    """Give the arrows as (kind, from, to, label), by what the vertices are called."""
    labels = {vertex.id: vertex.label for vertex in graph.vertices}
    return sorted(
        (edge.kind.value, labels[edge.source], labels[edge.target], edge.label)
        for edge in graph.edges
    )


def labels(graph):
    return sorted(vertex.label for vertex in graph.vertices)
