# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of the device executor, declared once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import os
from pathlib import Path

from rclpy.node import Node

from roost_core.names import DeviceName, is_device_name, TOKEN_RULE
from roost_core.package import DeviceRuntime
from roost_core.restart import BackOff
from roost_executor.archive.archive import Retention
from roost_executor.hands import Limits
from roost_executor.shells.sessions import Rules as ShellRules
from roost_wire.parameters import real, text, texts, whole

AUTO = 'auto'
# Folders, for volumes, every device has.
OFFERABLE = (DeviceRuntime.DOCKER, DeviceRuntime.PREINSTALLED)

DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock'


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Values of the parameters; seconds where a name ends in _sec.

    Attributes:
        policy_file: what the owner of the device allows; None for what is usual.
        address: under which others reach the device; empty leaves it to be found out.
        runtimes: that the device is to offer; None leaves it to what is there.
    """

    device: DeviceName
    state_dir: Path
    docker_host: str
    manager_key: str
    policy_file: Path | None
    address: str
    runtimes: frozenset[DeviceRuntime] | None
    labels: Mapping[str, str]
    variables: Mapping[str, str]
    heartbeat_period_sec: float
    facts_period_sec: float
    leave_timeout_sec: float
    boot_order_sec: float
    back_off: BackOff
    limits: Limits
    retention: Retention
    shells: ShellRules


def declare_device(node: Node) -> DeviceName:
    """Declare and read the name of the device, which the node's namespace depends on.

    Raises:
        ValueError: it is missing, or no name.
    """
    name = text(node, 'device', '', f'name of this device: {TOKEN_RULE}')
    if not is_device_name(name):
        given = f"'{name}' is none" if name else 'it is missing'
        raise ValueError(
            f"parameter 'device' must be the name of this device: {given}. A name has {TOKEN_RULE}"
        )
    return DeviceName(name)


def declare(node: Node) -> Settings:
    """Declare all parameters and read them.

    Raises:
        ValueError: a value is of no use; the text says which and what would be.
    """
    device = declare_device(node)
    return Settings(
        device=device,
        state_dir=Path(
            text(
                node,
                'state_dir',
                str(_default_state_dir(device)),
                'folder of all that must outlive the executor: its key, what it was asked to run,'
                ' native processes',
            )
        ),
        docker_host=text(
            node,
            'docker_host',
            os.environ.get('DOCKER_HOST', DEFAULT_DOCKER_HOST),
            'address of the container engine; empty for a device without',
        ),
        manager_key=text(
            node,
            'manager_key',
            '',
            'key of the one manager to obey; empty trusts the first one that is heard',
        ),
        policy_file=_path(
            text(
                node,
                'policy_file',
                '',
                'file that says what may be run on this device, as config/device_policy.yaml;'
                ' empty for what that says',
            )
        ),
        address=text(
            node,
            'address',
            '',
            'address under which others reach this device; empty for that of its default route',
        ),
        runtimes=_runtimes(
            texts(
                node,
                'runtimes',
                (AUTO,),
                "runtimes to offer: 'docker', 'preinstalled', or 'auto' for what is there",
            )
        ),
        labels=_pairs('labels', texts(node, 'labels', (), "labels, each 'key=value'")),
        variables=_pairs(
            'variables',
            texts(
                node,
                'variables',
                (),
                "environment of all that is deployed on this device, each 'NAME=value'",
            ),
        ),
        heartbeat_period_sec=real(
            node, 'heartbeat_period_sec', 2.0, 0.05, 600.0, 'period of the signs of life'
        ),
        facts_period_sec=real(
            node,
            'facts_period_sec',
            30.0,
            1.0,
            3600.0,
            'how often free disk space, addresses and the like are looked up',
        ),
        leave_timeout_sec=real(
            node,
            'leave_timeout_sec',
            1.0,
            0.0,
            3.0,
            'how long a shutdown waits until it is heard that the device leaves',
        ),
        boot_order_sec=real(
            node,
            'boot_order_sec',
            30.0,
            0.0,
            3600.0,
            'how long after a reboot an executable waits, at most, for what it needs to start'
            ' first',
        ),
        back_off=_back_off(node),
        limits=_limits(node),
        retention=_retention(node),
        shells=_shells(node),
    )


def _back_off(node: Node) -> BackOff:
    usual = BackOff()
    return BackOff(
        first_sec=real(
            node,
            'restart_first_sec',
            usual.first_sec,
            0.01,
            3600.0,
            'delay before the second restart, and before a failed step is tried again',
        ),
        factor=real(
            node, 'restart_factor', usual.factor, 1.0, 10.0, 'growth of the delay with each end'
        ),
        cap_sec=real(node, 'restart_cap_sec', usual.cap_sec, 0.01, 86400.0, 'longest delay'),
        loop_ends=whole(
            node,
            'crash_loop_ends',
            usual.loop_ends,
            2,
            100,
            'so many ends within crash_loop_window_sec are a crash loop',
        ),
        loop_window_sec=real(
            node,
            'crash_loop_window_sec',
            usual.loop_window_sec,
            0.1,
            86400.0,
            'see crash_loop_ends',
        ),
        steady_sec=real(
            node,
            'steady_sec',
            usual.steady_sec,
            0.1,
            86400.0,
            'a run of at least this long starts the delays anew',
        ),
        proving_sec=real(
            node,
            'proving_sec',
            usual.proving_sec,
            0.0,
            3600.0,
            'after a crash loop, it counts as running again after so long',
        ),
    )


def _limits(node: Node) -> Limits:
    usual = Limits()
    return Limits(
        workers=whole(
            node, 'workers', usual.workers, 1, 64, 'executables created or started at a time'
        ),
        stopping=whole(node, 'stopping', usual.stopping, 1, 256, 'executables stopped at a time'),
        pulls=whole(node, 'pulls', usual.pulls, 1, 32, 'images pulled at a time'),
        probes=whole(node, 'probes', usual.probes, 1, 64, 'liveness probes at a time'),
    )


def _shells(node: Node) -> ShellRules:
    usual = ShellRules()
    return ShellRules(
        keep_sec=real(
            node,
            'shell_keep_sec',
            usual.keep_sec,
            0.1,
            86400.0,
            'a shell that nobody reads for so long is hung up',
        ),
        idle_sec=real(
            node,
            'shell_idle_sec',
            usual.idle_sec,
            0.0,
            604800.0,
            'a shell without input and output for so long is hung up; 0 for never',
        ),
        most=whole(
            node,
            'shell_sessions',
            usual.most,
            0,
            256,
            'shells, and commands that are run, at a time; 0 for none',
        ),
    )


def _retention(node: Node) -> Retention:
    usual = Retention()
    return Retention(
        age_sec=real(
            node,
            'log_retention_sec',
            usual.age_sec,
            1.0,
            1e9,
            'how long output is kept, counted while the executor runs: clocks of devices are set',
        ),
        executable_bytes=whole(
            node,
            'log_executable_max_bytes',
            usual.executable_bytes,
            1 << 20,
            1 << 40,
            'of the output of one executable, so much is kept; the oldest is dropped first',
        ),
        total_bytes=whole(
            node,
            'log_max_bytes',
            usual.total_bytes,
            1 << 20,
            1 << 40,
            'of all output together, so much is kept',
        ),
    )


def _default_state_dir(device: DeviceName) -> Path:
    if os.geteuid() == 0:
        return Path('/var/lib/roost') / device
    base = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return Path(base) / 'roost' / device


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _runtimes(names: Sequence[str]) -> frozenset[DeviceRuntime] | None:
    if AUTO in names:
        return None
    known = {str(kind): kind for kind in OFFERABLE}
    unknown = sorted(set(names) - known.keys())
    if unknown:
        raise ValueError(
            f"parameter 'runtimes': '{unknown[0]:.80}' is none; known are "
            f'{", ".join(sorted(known))}, {AUTO}'
        )
    return frozenset(known[name] for name in names)


def _pairs(parameter: str, entries: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for entry in entries:
        key, separator, value = entry.partition('=')
        if not separator or not key:
            raise ValueError(
                f"parameter '{parameter}': '{entry:.80}' is not of the form key=value"
            )
        pairs[key] = value
    return pairs
