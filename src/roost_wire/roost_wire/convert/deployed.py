# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks, volumes, generations and environments, as messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roost_core.deployment import Deployment, GenerationRecord, Outcome
from roost_core.network import NetworkType, RosNetwork
from roost_interfaces import msg
from roost_wire.convert.basic import key_values, time_message
from roost_wire.convert.states import PHASES, STATUSES

OUTCOMES = {
    Outcome.IN_PROGRESS: msg.GenerationRecord.OUTCOME_IN_PROGRESS,
    Outcome.SUCCEEDED: msg.GenerationRecord.OUTCOME_SUCCEEDED,
    Outcome.FAILED: msg.GenerationRecord.OUTCOME_FAILED,
    Outcome.CANCELLED: msg.GenerationRecord.OUTCOME_CANCELLED,
    Outcome.ROLLED_BACK: msg.GenerationRecord.OUTCOME_ROLLED_BACK,
}


def network_message(
    deployment: Deployment,
    told: RosNetwork | None,
    *,
    used_by: Sequence[str],
    discovery_range: str,
    server: str,
) -> msg.Network:
    """Write a network.

    Args:
        told: what its members are told; None while that is not known.
        server: address and port of its discovery server; empty when it has none.
    """
    spec = deployment.network
    assert spec is not None
    return msg.Network(
        id=deployment.id,
        name=deployment.name,
        description=deployment.spec.description,
        labels=key_values(deployment.spec.labels),
        type=str(spec.type),
        runtime=str(spec.runtime or ''),
        device=spec.device,
        domain_id=deployment.domain_id,
        discovery_server=server,
        discovery_range=told.discovery_range if told is not None else discovery_range,
        phase=PHASES[deployment.phase],
        status=STATUSES[deployment.status],
        reason=deployment.reason.shown(),
        codes=list(deployment.codes),
        deprovisioning=deployment.deprovisioning,
        used_by=list(used_by),
        created_at=time_message(deployment.created_at),
        created_by=deployment.created_by,
    )


def built_in_network_message(network: RosNetwork, *, used_by: Sequence[str]) -> msg.Network:
    """Write the network that is there without a manifest."""
    return msg.Network(
        name=network.name,
        description='built in',
        type=str(NetworkType.NATIVE),
        domain_id=network.domain_id,
        discovery_range=network.discovery_range,
        phase=msg.Deployment.PHASE_SUCCEEDED,
        status=msg.Deployment.STATUS_RUNNING,
        built_in=True,
        used_by=list(used_by),
    )


def volume_message(deployment: Deployment, *, used_by: Sequence[str]) -> msg.Volume:
    """Write a volume."""
    spec = deployment.volume
    assert spec is not None
    return msg.Volume(
        id=deployment.id,
        name=deployment.name,
        description=deployment.spec.description,
        labels=key_values(deployment.spec.labels),
        runtime=str(spec.runtime),
        device=spec.device,
        host_path=spec.host_path,
        phase=PHASES[deployment.phase],
        status=STATUSES[deployment.status],
        reason=deployment.reason.shown(),
        codes=list(deployment.codes),
        deprovisioning=deployment.deprovisioning,
        used_by=list(used_by),
        created_at=time_message(deployment.created_at),
        created_by=deployment.created_by,
    )


def generation_message(record: GenerationRecord) -> msg.GenerationRecord:
    """Write a generation of a deployment."""
    return msg.GenerationRecord(
        generation=record.generation,
        began_at=time_message(record.began_at),
        finished_at=time_message(record.finished_at),
        requested_by=record.requested_by,
        outcome=OUTCOMES[record.outcome],
        reason=record.reason,
        code=record.code,
        package_version=record.package_version,
        components=list(record.components),
        images=key_values(record.images),
    )


def environment_messages(deployment: Deployment) -> Iterator[msg.EnvironmentVariable]:
    """Write the environment of every executable, without the values of secrets."""
    for part in deployment.components:
        for planned in part.plan:
            for name, source in sorted(planned.sources.items()):
                secret = name in planned.spec.secret_environment
                yield msg.EnvironmentVariable(
                    component=part.name,
                    executable=planned.name,
                    name=name,
                    value='' if secret else planned.spec.environment.get(name, ''),
                    source=source,
                    secret=secret,
                )
