# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Packages: what can be deployed. Immutable once applied; a changed package is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Runtime(StrEnum):
    """Where a component runs."""

    DEVICE = 'device'
    CLOUD = 'cloud'


class DeviceRuntime(StrEnum):
    """How a device runs a component."""

    DOCKER = 'docker'
    PREINSTALLED = 'preinstalled'
    DIRECTORY = 'directory'  # a volume: no program, only a folder


class Architecture(StrEnum):
    """Processor architecture of a device."""

    AMD64 = 'amd64'
    ARM32V7 = 'arm32v7'
    ARM64V8 = 'arm64v8'


class RestartPolicy(StrEnum):
    """When an executable that ended starts again (docs/state_model.md)."""

    ALWAYS = 'always'
    ON_FAILURE = 'on-failure'
    NEVER = 'never'


class ImagePullPolicy(StrEnum):
    """When an image is pulled before an executable is created."""

    ALWAYS = 'Always'
    IF_NOT_PRESENT = 'IfNotPresent'
    NEVER = 'Never'


class SharedMemory(StrEnum):
    """Whose shared memory a container uses; a ROS component uses the host's if not told."""

    PRIVATE = 'private'
    HOST = 'host'


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds of what an executable may use: cores, and bytes; None means no bound."""

    cpus: float | None = None
    memory: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ulimit:
    """Soft and hard limit of one kind of `ulimit`."""

    soft: int
    hard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProbe:
    """Healthy when a GET of the path is answered with a status from 200 to 399."""

    port: int
    path: str = '/'


@dataclass(frozen=True, slots=True, kw_only=True)
class LivenessProbe:
    """How to tell that a running executable is stuck; exactly one of exec, http and tcp.

    Attributes:
        exec: command, run in the environment of the executable; healthy when it exits with 0.
        tcp: port; healthy when it can be connected to.
        initial_delay, period, timeout: seconds.
        failure_threshold: it is restarted after so many failures in a row.
    """

    exec: tuple[str, ...] = ()
    http: HttpProbe | None = None
    tcp: int = 0
    initial_delay: float = 0.0
    period: float = 10.0
    timeout: float = 1.0
    failure_threshold: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKeyRef:
    """One value of a secret."""

    name: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Executable:
    """One process (tree) of a component.

    Attributes:
        image: container image; empty for the preinstalled runtime.
        command: arguments; a manifest's string form has become `sh -c`. Empty: the image's own.
        pull_secret: docker secret to pull the image with; empty for none.
        gpus: 'all', a count, or empty for none.
        stop_timeout: seconds between SIGTERM and SIGKILL.
    """

    name: str
    image: str = ''
    command: tuple[str, ...] = ()
    image_pull_policy: ImagePullPolicy = ImagePullPolicy.IF_NOT_PRESENT
    pull_secret: str = ''
    limits: Limits = NO_LIMITS
    user: str = ''
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    gpus: str = ''
    cap_add: tuple[str, ...] = ()
    privileged: bool = False
    ulimits: Mapping[str, Ulimit] = field(default_factory=dict)
    tmpfs: tuple[str, ...] = ()
    shared_memory: SharedMemory | None = None
    working_directory: str = ''
    liveness_probe: LivenessProbe | None = None
    stop_timeout: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentEntry:
    """An environment variable that a component takes.

    Attributes:
        default: value when the deployment gives none; None: the deployment must give one.
        exposed: dependants get it too, under exposed_name.
        value_from: a secret gives it.
    """

    name: str
    default: str | None = None
    description: str = ''
    exposed: bool = False
    exposed_name: str = ''
    value_from: SecretKeyRef | None = None


class EndpointType(StrEnum):
    """Kind of a cloud endpoint."""

    EXTERNAL_HTTP = 'external-http'
    EXTERNAL_HTTPS = 'external-https'
    EXTERNAL_TLS_TCP = 'external-tls-tcp'
    INTERNAL_TCP = 'internal-tcp'
    INTERNAL_UDP = 'internal-udp'
    EXTERNAL_TLS_TCP_RANGE = 'external-tls-tcp-range'
    INTERNAL_TCP_RANGE = 'internal-tcp-range'
    INTERNAL_UDP_RANGE = 'internal-udp-range'


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A port that a cloud component offers; either port and target_port, or port_range."""

    name: str
    type: EndpointType
    port: int = 0
    target_port: int = 0
    port_range: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class RosEndpoint:
    """A topic, service or action that a component says it provides."""

    name: str
    type: str
    qos: str = ''


@dataclass(frozen=True, slots=True, kw_only=True)
class RosInterface:
    """The ROS side of a component."""

    enabled: bool = False
    distro: str = ''
    nodes: tuple[str, ...] = ()
    topics: tuple[RosEndpoint, ...] = ()
    services: tuple[RosEndpoint, ...] = ()
    actions: tuple[RosEndpoint, ...] = ()


NO_ROS = RosInterface()


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of a package that runs in one place.

    Attributes:
        device_runtime: for the runtime device.
        arch: architectures that it runs on; empty means any.
        replicas: for the runtime cloud.
    """

    name: str
    runtime: Runtime
    device_runtime: DeviceRuntime = DeviceRuntime.DOCKER
    arch: tuple[Architecture, ...] = ()
    restart: RestartPolicy = RestartPolicy.ALWAYS
    replicas: int = 1
    ros: RosInterface = NO_ROS
    environment: tuple[EnvironmentEntry, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    executables: tuple[Executable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRef:
    """Name and version of a package."""

    name: str
    version: str

    def __str__(self) -> str:
        return f'{self.name} {self.version}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package version as applied."""

    name: str
    version: str
    description: str = ''
    labels: Mapping[str, str] = field(default_factory=dict)
    singleton: bool = False
    bindable: bool = True
    components: tuple[Component, ...]

    @property
    def ref(self) -> PackageRef:
        """Name and version."""
        return PackageRef(name=self.name, version=self.version)

    def component(self, name: str) -> Component | None:
        """Find a component by name."""
        return next((part for part in self.components if part.name == name), None)
