# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Instances: what an executor is to run, and how it is told apart from everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import hashlib

from roost_core.document import digest, to_document
from roost_core.names import DeploymentId
from roost_core.package import (
    DeviceRuntime,
    ImagePullPolicy,
    Limits,
    LivenessProbe,
    NO_LIMITS,
    RestartPolicy,
    SecretKeyRef,
    Ulimit,
)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """Place of one executable of a deployment on a device; holds one instance at a time."""

    deployment_id: DeploymentId
    component: str
    executable: str

    def __str__(self) -> str:
        return f'{self.deployment_id}/{self.component}/{self.executable}'


class MountKind(StrEnum):
    """What is mounted into a container."""

    VOLUME = 'volume'  # a folder that Roost manages; the source is the id of the volume
    HOST = 'host'  # a folder of the device; the source is its path
    CONFIG = 'config'  # the files of a config; the source is their digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Something that a container sees at a path of its own.

    Attributes:
        name: of the volume or config, for messages.
        target: absolute path in the container.
        sub_path: folder inside the source, relative; empty for all of it.
    """

    kind: MountKind
    name: str
    source: str
    target: str
    sub_path: str = ''
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSpec:
    """Everything that a runtime needs to create an instance; equal specs need no new instance.

    Attributes:
        command: arguments; empty means the image's own command.
        secret_environment: variable -> value of a secret, looked up when the instance is created.
        pull_secret: docker secret to pull the image with; empty for none.
        directory: for the runtime directory: the folder of the device, empty for one that Roost
            manages under the id of the volume.
        host_network: shares the host's network namespace.
        host_ipc: shares the host's IPC namespace, and with it shared memory.
        stop_timeout_sec: between SIGTERM and SIGKILL.
        rest_sec: at least so long between an end that it was not asked for and the next start.
    """

    runtime: DeviceRuntime
    image: str = ''
    image_pull_policy: ImagePullPolicy = ImagePullPolicy.IF_NOT_PRESENT
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secret_environment: Mapping[str, SecretKeyRef] = field(default_factory=dict)
    pull_secret: str = ''
    mounts: tuple[Mount, ...] = ()
    directory: str = ''
    limits: Limits = NO_LIMITS
    user: str = ''
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    gpus: str = ''
    cap_add: tuple[str, ...] = ()
    privileged: bool = False
    ulimits: Mapping[str, Ulimit] = field(default_factory=dict)
    tmpfs: tuple[str, ...] = ()
    host_network: bool = False
    host_ipc: bool = False
    working_directory: str = ''
    liveness_probe: LivenessProbe | None = None
    stop_timeout_sec: float = 10.0
    rest_sec: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredInstance:
    """An instance that a device is to keep.

    Attributes:
        generation: component generation; a new one replaces even an instance of equal spec.
        run: whether it is to run; False: stopped by choice.
        restarts: how often a restart was asked for in this generation; each is carried out once.
        refresh: its image is pulled, once in this generation, even if one of that name is here.
        image_digest: the very image to run; empty for what the name of the image means.
        after: deployments of this device that come first when the device starts.
    """

    slot: Slot
    deployment_name: str
    generation: int
    restart: RestartPolicy
    run: bool = True
    restarts: int = 0
    refresh: bool = False
    image_digest: str = ''
    after: tuple[DeploymentId, ...] = ()
    spec: InstanceSpec
    _identity: Identity | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def spec_hash(self) -> str:
        """Identify the spec by its content."""
        return self.identity.spec_hash

    @property
    def identity(self) -> Identity:
        """Identify the instance; what runs under another identity is another instance."""
        if self._identity is None:  # hashing is worth remembering: every decision asks for it
            spec_hash = digest(to_document(self.spec))
            identity = Identity(slot=self.slot, generation=self.generation, spec_hash=spec_hash)
            object.__setattr__(self, '_identity', identity)
            return identity
        return self._identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Identity of an instance, kept on the container's labels or the process's record."""

    slot: Slot
    generation: int
    spec_hash: str

    @property
    def token(self) -> str:
        """Give a short text, unique in the fleet, usable as host name and container name."""
        text = f'{self.slot}/{self.generation}/{self.spec_hash}'
        return 'roost-' + hashlib.sha256(text.encode()).hexdigest()[:16]
