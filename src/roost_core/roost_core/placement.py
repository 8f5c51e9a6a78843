# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Placement: may this component go to this device? Every reason against it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roost_core import error_codes
from roost_core.deployment import ComponentSpec
from roost_core.device import DeviceView
from roost_core.liveness import Liveness
from roost_core.names import DeviceName, suggestion
from roost_core.package import Component, DeviceRuntime, Runtime
from roost_core.problem import Problem, ResultCode
from roost_core.situation import duration


def check(
    component: Component,
    asked: ComponentSpec,
    path: str,
    devices: Mapping[DeviceName, DeviceView],
    *,
    allow_offline: bool,
) -> Iterator[Problem]:
    """Give every reason against the place that is asked for; path is that of the component."""
    if component.runtime is Runtime.CLOUD:
        yield Problem(
            code=error_codes.CLOUD_UNAVAILABLE,
            path=path,
            message=f"component '{component.name}' needs a cloud, and there is none",
        )
        return
    if asked.cloud or not asked.device:
        yield Problem(
            code=ResultCode.INVALID,
            path=f'{path}.device',
            message=f"component '{component.name}' runs on a device and names none",
            remedy='name one; `roost devices` lists them',
        )
        return
    device = devices.get(asked.device)
    if device is None:
        yield Problem(
            code=ResultCode.NOT_FOUND,
            path=f'{path}.device',
            message=f"there is no device '{asked.device}'",
            remedy=suggestion(asked.device, devices) or 'start an executor there first',
        )
        return
    for code, reason in why_not(component, device, allow_offline=allow_offline):
        remedy = ''
        if code == error_codes.DEVICE_OFFLINE:
            remedy = 'set allowOffline: true to have it carried out when the device returns'
        yield Problem(
            code=code,
            path=f'{path}.device',
            message=f"component '{component.name}' cannot go to {asked.device}: {reason}",
            remedy=remedy,
        )


def why_not(
    component: Component, device: DeviceView, *, allow_offline: bool = False
) -> Iterator[tuple[str, str]]:
    """Give every reason, with its code, why a device may not take a component."""
    if device.liveness is Liveness.OFFLINE and not allow_offline:
        since = '' if device.silent_sec is None else f' {duration(device.silent_sec)}'
        yield error_codes.DEVICE_OFFLINE, f'offline{since}'
    facts = device.facts
    if facts is None:
        return
    if component.arch and facts.architecture not in component.arch:
        wanted = ' or '.join(component.arch)
        yield error_codes.MISMATCH, f'{facts.architecture}, needs {wanted}'
    offered = (*facts.runtimes, DeviceRuntime.DIRECTORY)  # folders are everywhere
    if component.device_runtime not in offered:
        yield error_codes.MISMATCH, f'no {component.device_runtime}'
    own_distro = component.device_runtime is DeviceRuntime.PREINSTALLED and component.ros.enabled
    if own_distro and component.ros.distro and component.ros.distro != facts.ros_distro:
        yield (
            error_codes.MISMATCH,
            f'ROS {facts.ros_distro or "not installed"}, needs {component.ros.distro}',
        )
