# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""New networks and volumes, and changes of those that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from roost_core import brought, siting
from roost_core.deployment import Deployment
from roost_core.names import DeploymentId, DeviceName
from roost_core.network import NetworkSpec, NetworkType
from roost_core.peers import Fleet as AdmissionView
from roost_core.problem import Problem, ResultCode
from roost_core.resource import ResourceKind
from roost_core.volume import VolumeSpec
from roost_manager.fleet import Fleet
from roost_manager.plan import Action, Change
from roost_manager.work import UnitOfWork


def apply(
    work: UnitOfWork,
    fleet: Fleet,
    spec: NetworkSpec | VolumeSpec,
    id: DeploymentId,
    view: AdmissionView,
    problems: list[Problem],
    *,
    by: str,
) -> Change:
    """Stage what a manifest of a network or a volume asks for.

    Args:
        id: that it gets if it is new.
        problems: takes every reason against it.
    """
    kind = ResourceKind.NETWORK if isinstance(spec, NetworkSpec) else ResourceKind.VOLUME
    existing = fleet.find(spec.name, kind) if spec.name in fleet.ids[kind] else None
    if existing is not None:
        return _apply_existing(work, existing, kind, spec, problems)
    domains = domains_taken(work, fleet)
    if isinstance(spec, NetworkSpec):
        found = siting.check_network(
            spec,
            devices=view.devices,
            peers=view.networks,
            domains=domains,
            servers=_servers_taken(work, fleet),
            built_in=view.default_network,
        )
    else:
        found = siting.check_volume(spec, devices=view.devices, peers=view.volumes)
    problems.extend(found)
    if found:
        return Change(kind=kind, name=spec.name, action=Action.REFUSE)
    made = (
        _network(work, fleet, spec, id, view, domains, by)
        if isinstance(spec, NetworkSpec)
        else brought.volume(id, spec, created_at=work.now, created_by=by)
    )
    work.put_deployment(made)
    return Change(
        kind=kind, name=spec.name, action=Action.CREATE, deployment_id=id, detail=_detail(made)
    )


def _network(
    work: UnitOfWork,
    fleet: Fleet,
    spec: NetworkSpec,
    id: DeploymentId,
    view: AdmissionView,
    domains: Mapping[int, str],
    by: str,
) -> Deployment:
    domain = spec.domain_id if spec.domain_id is not None else siting.free_domain(domains)
    assert domain is not None
    device = view.devices.get(spec.device)
    return brought.network(
        id,
        spec,
        domain_id=domain,
        runtime=brought.server_runtime(device.facts if device is not None else None),
        server_image=fleet.rules.server_image,
        created_at=work.now,
        created_by=by,
    )


def _apply_existing(
    work: UnitOfWork,
    existing: Deployment,
    kind: ResourceKind,
    spec: NetworkSpec | VolumeSpec,
    problems: list[Problem],
) -> Change:
    action, detail = Action.UNCHANGED, f'{existing.phase}, {existing.status}'
    immutable = siting.changed(existing, spec)
    if existing.deprovisioning or immutable:
        why = 'is being deleted'
        if immutable:
            why = f'is there, and its {", ".join(immutable)} cannot change'
        problems.append(
            Problem(
                code=ResultCode.CONFLICT,
                resource=f'{kind}/{spec.name}',
                path='spec' if immutable else 'metadata.name',
                message=f"{kind.lower()} '{spec.name}' {why}",
                remedy='delete it first, or choose another name',
            )
        )
        action = Action.REFUSE
    elif (existing.spec.labels, existing.spec.description) != (spec.labels, spec.description):
        work.put_deployment(_relabelled(existing, spec))
        action, detail = Action.UPDATE, 'labels or description'
    return Change(
        kind=kind, name=spec.name, action=action, deployment_id=existing.id, detail=detail
    )


def _relabelled(existing: Deployment, spec: NetworkSpec | VolumeSpec) -> Deployment:
    asked = replace(existing.spec, labels=spec.labels, description=spec.description)
    if existing.network is not None:
        own = replace(existing.network, labels=spec.labels, description=spec.description)
        return replace(existing, spec=asked, network=own)
    assert existing.volume is not None
    kept = replace(existing.volume, labels=spec.labels, description=spec.description)
    return replace(existing, spec=asked, volume=kept)


def domains_taken(work: UnitOfWork, fleet: Fleet) -> dict[int, str]:
    """Say who has each ROS domain that is taken."""
    taken = {fleet.rules.control_domain_id: "Roost's own nodes"}
    if fleet.rules.network is not None:
        taken[fleet.rules.network.domain_id] = f"network '{fleet.rules.network.name}'"
    for each in _networks(work, fleet):
        taken[each.domain_id] = f"network '{each.name}'"
    return taken


def _servers_taken(work: UnitOfWork, fleet: Fleet) -> dict[tuple[DeviceName, int], str]:
    return {
        (each.network.device, each.network.port): each.name
        for each in _networks(work, fleet)
        if each.network is not None
        and each.network.type is NetworkType.ROUTED
        and each.network.port is not None
    }


def _networks(work: UnitOfWork, fleet: Fleet) -> list[Deployment]:
    known = {id: fleet.deployments[id] for id in fleet.ids[ResourceKind.NETWORK].values()}
    known |= work.surroundings.staged
    return [each for each in known.values() if each.network is not None and not each.stopped]


def _detail(made: Deployment) -> str:
    if made.network is None:
        return f'on {", ".join(made.spec.devices)}'
    where = f', server on {made.network.device}' if made.network.device else ''
    return f'{made.network.type}, ROS domain {made.domain_id}{where}'
