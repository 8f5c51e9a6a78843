# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Instances as containers: what the engine is told of one, and how it is known again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, UTC
import math
from pathlib import Path
from typing import Any

from roost_core.instance import DesiredInstance, Identity, InstanceSpec, Slot
from roost_core.names import DeploymentId
from roost_core.observed import InstanceState, ObservedInstance
from roost_executor.runtimes.mounts import Bind

DEVICE_KEY = 'roost.device-key'
DEVICE = 'roost.device'
STATE_DIR = 'roost.state-dir'
DEPLOYMENT = 'roost.deployment'
DEPLOYMENT_NAME = 'roost.deployment-name'
COMPONENT = 'roost.component'
EXECUTABLE = 'roost.executable'
GENERATION = 'roost.generation'
SPEC_HASH = 'roost.spec-hash'
IMAGE_DIGEST = 'roost.image-digest'
STOP_TIMEOUT = 'roost.stop-timeout'

# The engine's default is no limit, and programs that close all descriptors then take minutes.
OPEN_FILES = 16384

# The engine keeps output until it is taken in. Who reads falls behind only when the engine rotates
# twice meanwhile: that is 20 s of 10,000 lines a second. Unlike json-file, local keeps all bytes.
LOG_DRIVER = 'local'
LOG_OPTIONS = {'max-size': '32m', 'max-file': '3', 'compress': 'false'}

# Codes by which tini and shells say that a command does not exist or may not be executed, and how
# soon after the start that is about the instance's own command.
COMMAND_MISSING = frozenset({126, 127})
COMMAND_MISSING_WITHIN_SEC = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who makes containers: an executor, known by the key of its device.

    Attributes:
        device: name of the device.
        state_dir: folder that one executor at a time has to itself. Who has it and the name of
            the device, but not the key, is what the executor was before it lost its key.
    """

    device: str
    device_key: str
    state_dir: Path

    @property
    def labels(self) -> dict[str, str]:
        """Labels of all that it makes."""
        return {
            DEVICE_KEY: self.device_key,
            DEVICE: self.device,
            STATE_DIR: str(self.state_dir),
        }

    def made(self, found: Mapping[str, str]) -> bool:
        """Tell by its labels whether it made a container."""
        return found.get(DEVICE_KEY) == self.device_key

    def made_before(self, found: Mapping[str, str]) -> bool:
        """Tell by its labels whether it made a container, under a key that it lost."""
        return not self.made(found) and all(
            found.get(name) == self.labels[name] for name in (DEVICE, STATE_DIR)
        )


def labels(desired: DesiredInstance, maker: Maker, *, digest: str) -> dict[str, str]:
    """Give the labels that tell whose a container is and what instance it holds."""
    identity = desired.identity
    return {
        **maker.labels,
        DEPLOYMENT: identity.slot.deployment_id,
        DEPLOYMENT_NAME: desired.deployment_name,
        COMPONENT: identity.slot.component,
        EXECUTABLE: identity.slot.executable,
        GENERATION: str(identity.generation),
        SPEC_HASH: identity.spec_hash,
        IMAGE_DIGEST: digest,
        STOP_TIMEOUT: str(desired.spec.stop_timeout_sec),
    }


def identity_of(found: Mapping[str, str]) -> Identity | None:
    """Read an identity from labels; None when they are not whole."""
    try:
        return Identity(
            slot=Slot(DeploymentId(found[DEPLOYMENT]), found[COMPONENT], found[EXECUTABLE]),
            generation=int(found[GENERATION]),
            spec_hash=found[SPEC_HASH],
        )
    except (KeyError, ValueError):
        return None


def request(
    desired: DesiredInstance,
    marks: Mapping[str, str],
    *,
    secrets: Mapping[str, str],
    binds: Iterable[Bind] = (),
) -> dict[str, Any]:
    """Give the body of the engine's call that creates a container.

    Args:
        secrets: variables beside those of the spec.
        binds: what is mounted.
    """
    spec = desired.spec
    environment = {**spec.environment, **secrets}
    body: dict[str, Any] = {
        'Image': spec.image,
        'Hostname': desired.identity.token,
        'Labels': dict(marks),
        'Env': [f'{name}={value}' for name, value in sorted(environment.items())],
        'StopSignal': 'SIGTERM',
        'StopTimeout': math.ceil(spec.stop_timeout_sec),
        'HostConfig': {**_host(spec), 'Mounts': [_mount(bind) for bind in binds]},
    }
    if spec.command:
        body['Cmd'] = list(spec.command)
    if spec.user:
        body['User'] = spec.user
    if spec.working_directory:
        body['WorkingDir'] = spec.working_directory
    return body


def _host(spec: InstanceSpec) -> dict[str, Any]:
    ulimits = {'nofile': (OPEN_FILES, OPEN_FILES)}
    ulimits.update({name: (each.soft, each.hard) for name, each in spec.ulimits.items()})
    host: dict[str, Any] = {
        'Init': True,
        'RestartPolicy': {'Name': 'no'},
        'LogConfig': {'Type': LOG_DRIVER, 'Config': dict(LOG_OPTIONS)},
        'Ulimits': [
            {'Name': name, 'Soft': soft, 'Hard': hard} for name, (soft, hard) in ulimits.items()
        ],
        'NetworkMode': 'host' if spec.host_network else 'default',
        'Privileged': spec.privileged,
        'CapAdd': list(spec.cap_add),
        'GroupAdd': list(spec.groups),
        'Devices': [_device(text) for text in spec.devices],
        'Tmpfs': dict(_tmpfs(text) for text in spec.tmpfs),
    }
    if spec.host_ipc:
        host['IpcMode'] = 'host'
    if spec.limits.cpus is not None:
        host['NanoCpus'] = round(spec.limits.cpus * 1e9)
    if spec.limits.memory is not None:
        # Equal values: no swap on top, which would make the limit no limit.
        host['Memory'] = host['MemorySwap'] = spec.limits.memory
    if spec.gpus:
        count = -1 if spec.gpus == 'all' else int(spec.gpus)
        host['DeviceRequests'] = [{'Count': count, 'Capabilities': [['gpu']]}]
    return host


def _mount(bind: Bind) -> dict[str, Any]:
    # Of this form of mount the engine makes no source that is missing.
    return {
        'Type': 'bind',
        'Source': bind.source,
        'Target': bind.target,
        'ReadOnly': bind.read_only,
        'BindOptions': {'Propagation': 'rprivate'},
    }


def _device(text: str) -> dict[str, str]:
    on_host, _, rest = text.partition(':')
    inside, _, rights = rest.partition(':')
    return {
        'PathOnHost': on_host,
        'PathInContainer': inside or on_host,
        'CgroupPermissions': rights or 'rwm',
    }


def _tmpfs(text: str) -> tuple[str, str]:
    path, _, options = text.partition(':')
    return path, options


def unix_time(text: str) -> float | None:
    """Read a time as the engine writes it; None for its zero."""
    if not text or text.startswith('0001-'):
        return None
    whole, _, fraction = text.rstrip('Z').partition('.')
    at = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
    return at + (float(f'0.{fraction}') if fraction.isdigit() else 0.0)


def named(container_id: str, name: str, marks: Mapping[str, str]) -> ObservedInstance | None:
    """Give what labels tell of a container, as if it never started; None if no instance.

    An image that somebody made of a container has its labels, and so has what is run of it: only
    the name is never shared.
    """
    identity = identity_of(marks)
    if identity is None or name != identity.token:
        return None
    return ObservedInstance(
        identity=identity,
        deployment_name=marks.get(DEPLOYMENT_NAME, ''),
        instance_id=container_id,
        state=InstanceState.CREATED,
        image_digest=marks.get(IMAGE_DIGEST, ''),
        host_name=identity.token,
        stop_timeout_sec=float(marks.get(STOP_TIMEOUT, '10')),
    )


def ended(
    instance: ObservedInstance, exit_code: int, ended_at: float | None, *, oom_killed: bool
) -> ObservedInstance:
    """Give a container that had started as one that has ended."""
    missing = exit_code in COMMAND_MISSING and (
        (ended_at or 0.0) - (instance.started_at or 0.0) < COMMAND_MISSING_WITHIN_SEC
    )
    return replace(
        instance,
        state=InstanceState.ENDED,
        exit_code=exit_code,
        oom_killed=oom_killed,
        command_missing=missing,
        ended_at=ended_at,
        pid=0,
    )


def observed(details: Mapping[str, Any]) -> ObservedInstance | None:
    """Read an instance from what the engine tells of one container; None if it holds none."""
    name = details['Name'].removeprefix('/')
    instance = named(details['Id'], name, details['Config'].get('Labels') or {})
    state = details['State']
    started_at = unix_time(state['StartedAt'])
    if instance is None or started_at is None:
        return instance
    instance = replace(instance, started_at=started_at)
    if state['Status'] in ('running', 'paused', 'restarting'):
        return replace(instance, state=InstanceState.RUNNING, pid=state['Pid'])
    return ended(
        instance,
        state['ExitCode'],
        unix_time(state['FinishedAt']),
        oom_killed=state['OOMKilled'],
    )
