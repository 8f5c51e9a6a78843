# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0

from dataclasses import replace

from builders import component, device, facts, offline
import pytest

from roost_core import placement
from roost_core.package import Architecture, DeviceRuntime, RosInterface

ROS = RosInterface(enabled=True, distro='jazzy')
NATIVE = DeviceRuntime.PREINSTALLED


@pytest.mark.parametrize(
    ('part', 'where', 'reasons'),
    [
        (component(), device(), []),
        (component(arch=(Architecture.AMD64, Architecture.ARM64V8)), device(), []),
        (component(), offline(), ['offline']),
        (component(), replace(offline(), silent_sec=42.4), ['offline 42 s']),
        (
            component(arch=(Architecture.ARM64V8, Architecture.ARM32V7)),
            device(),
            ['amd64, needs arm64v8 or arm32v7'],
        ),
        (component(), device(known=facts(runtimes=(NATIVE,))), ['no docker']),
        (
            replace(component(device_runtime=NATIVE), ros=ROS),
            device(known=facts(ros_distro='humble')),
            ['ROS humble, needs jazzy'],
        ),
        (
            replace(component(device_runtime=NATIVE), ros=ROS),
            device(),
            ['ROS not installed, needs jazzy'],
        ),
        (replace(component(), ros=ROS), device(), []),  # its image brings its own ROS
        (
            component(arch=(Architecture.ARM64V8,)),
            offline(known=facts(runtimes=())),
            ['offline', 'amd64, needs arm64v8', 'no docker'],
        ),
    ],
)
def test_every_reason_why_a_device_may_not_take_a_component(part, where, reasons):
    assert [reason for _, reason in placement.why_not(part, where)] == reasons


def test_being_offline_is_no_reason_where_that_is_allowed():
    assert list(placement.why_not(component(), offline(), allow_offline=True)) == []
