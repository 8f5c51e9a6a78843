# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Packages, devices, events, error codes and the topology."""

from __future__ import annotations

from collections.abc import Sequence

from roost_core.device import DeviceRecord, DeviceView
from roost_core.error_codes import ErrorCode
from roost_core.event import Event
from roost_core.package import Component, Package, Runtime
from roost_core.report import DeviceReport
from roost_interfaces import msg
from roost_wire.convert.basic import key_values, time_message
from roost_wire.convert.states import EVENT_KINDS, LIVENESSES, PHASES, STATUSES


def runtime_word(component: Component) -> str:
    """Say how a component runs: 'docker', 'preinstalled' or 'cloud'."""
    return 'cloud' if component.runtime is Runtime.CLOUD else str(component.device_runtime)


def package_message(
    package: Package, *, deployments: Sequence[str], manifest: str = ''
) -> msg.Package:
    """Write a package version."""
    return msg.Package(
        name=package.name,
        version=package.version,
        description=package.description,
        labels=key_values(package.labels),
        singleton=package.singleton,
        bindable=package.bindable,
        components=[component.name for component in package.components],
        component_runtimes=[runtime_word(component) for component in package.components],
        deployments=list(deployments),
        manifest=manifest,
    )


def device_message(
    record: DeviceRecord,
    view: DeviceView,
    report: DeviceReport | None,
    *,
    epoch: int,
    deployments: Sequence[str],
    problems: Sequence[str],
    reason: str,
    policy: str,
) -> msg.Device:
    """Write a device; report is its newest one since the manager started, or None."""
    facts = record.facts
    return msg.Device(
        name=record.name,
        liveness=LIVENESSES[view.liveness],
        silent_sec=-1.0 if view.silent_sec is None else view.silent_sec,
        reason=reason,
        architecture=str(facts.architecture),
        runtimes=[str(runtime) for runtime in facts.runtimes],
        ros_distro=facts.ros_distro,
        hostname=facts.hostname,
        interfaces=[
            msg.Interface(name=each.interface, address=each.address) for each in facts.addresses
        ],
        disk_free_bytes=facts.disk_free_bytes,
        engine_version=facts.engine_version,
        executor_version=facts.executor_version,
        labels=key_values(facts.labels),
        variables=key_values(facts.variables),
        key_id=record.key_id,
        desired_epoch=epoch,
        desired_revision=record.revision,
        applied_epoch=report.applied[0] if report else 0,
        applied_revision=report.applied[1] if report else 0,
        deployments=list(deployments),
        orphans=[
            msg.Orphan(
                deployment_id=orphan.slot.deployment_id,
                deployment_name=orphan.deployment_name,
                component=orphan.slot.component,
                executable=orphan.slot.executable,
                generation=orphan.generation,
                instance_id=orphan.instance_id,
                running=orphan.running,
            )
            for orphan in (report.orphans if report else ())
        ],
        policy=policy,
        problems=list(problems),
    )


def event_message(event: Event) -> msg.DeploymentEvent:
    """Write an event."""
    return msg.DeploymentEvent(
        number=event.number,
        stamp=time_message(event.at),
        kind=EVENT_KINDS[event.kind],
        deployment_id=event.deployment_id or '',
        deployment_name=event.deployment_name,
        component=event.component,
        executable=event.executable,
        device=event.device,
        phase=PHASES[event.phase] if event.phase else msg.Deployment.PHASE_UNKNOWN,
        status=STATUSES[event.status] if event.status else msg.Deployment.STATUS_UNKNOWN,
        codes=list(event.codes),
        generation=event.generation,
        reason_kind=str(event.reason_kind),
        message=event.message,
    )


def error_code_message(entry: ErrorCode) -> msg.ErrorCode:
    """Write an entry of the catalogue."""
    return msg.ErrorCode(
        code=entry.code,
        kind=str(entry.kind),
        description=entry.description,
        action=entry.action,
    )
