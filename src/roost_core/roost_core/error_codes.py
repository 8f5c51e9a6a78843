# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue of error codes, as data. Numbers are never reused; code elsewhere uses the names.

E151 to E163 are what a person meets (docs/state_model.md). The others are concrete internal cases,
each with a number of its own: E2xx cloud (none yet), E3xx device, E4xx manager.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DEVICE_OFFLINE: Final = 'DEP_E151'
EXITED: Final = 'DEP_E152'
CLOUD_IMAGE_NOT_PULLED: Final = 'DEP_E153'
CLOUD_EXITED_TOO_EARLY: Final = 'DEP_E154'
CLOUD_FAILED: Final = 'DEP_E155'
DEPENDENCY_IN_ERROR: Final = 'DEP_E156'
IMAGE_NOT_FOUND: Final = 'DEP_E161'
MISMATCH: Final = 'DEP_E162'
CRASH_LOOP: Final = 'DEP_E163'

ENGINE_UNREACHABLE: Final = 'DEP_E301'
DISK_FULL: Final = 'DEP_E302'
CREATE_FAILED: Final = 'DEP_E303'
PORT_TAKEN: Final = 'DEP_E304'
REGISTRY_UNREACHABLE: Final = 'DEP_E305'
REGISTRY_DENIED: Final = 'DEP_E306'
RUNTIME_MISSING: Final = 'DEP_E307'
SPAWN_FAILED: Final = 'DEP_E308'
POLICY_FORBIDS: Final = 'DEP_E309'
OUT_OF_MEMORY: Final = 'DEP_E310'
REMOVE_FAILED: Final = 'DEP_E311'
EXECUTOR_DEFECT: Final = 'DEP_E312'
NOT_ALIVE: Final = 'DEP_E313'
SECRET_MISSING: Final = 'DEP_E314'
CONFIG_MISSING: Final = 'DEP_E315'
MOUNT_FAILED: Final = 'DEP_E316'

PLACEMENT_FAILED: Final = 'DEP_E401'
DEVICE_FORGOTTEN: Final = 'DEP_E402'
BINDINGS_UNRESOLVED: Final = 'DEP_E403'
DESIRED_STATE_TOO_LARGE: Final = 'DEP_E404'
CLOUD_UNAVAILABLE: Final = 'DEP_E405'
UPDATE_TOO_LATE: Final = 'DEP_E406'
UPDATE_NOT_UP: Final = 'DEP_E407'


class ErrorKind(StrEnum):
    """What an error asks for."""

    TEMPORARY = 'temporary'  # tried again, and heals by itself when its cause goes
    REJECTED = 'rejected'  # never started; a person must act
    FAILED = 'failed'  # was running, or should have
    UNSUPPORTED = 'unsupported'  # cannot work here


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One entry of the catalogue.

    Attributes:
        description: what it means.
        action: what to do.
    """

    code: str
    kind: ErrorKind
    description: str
    action: str


CATALOGUE: Final = (
    ErrorCode(
        DEVICE_OFFLINE,
        ErrorKind.TEMPORARY,
        'device is offline or not reachable',
        "check the device's network connection",
    ),
    ErrorCode(
        EXITED,
        ErrorKind.FAILED,
        'executables of a component on a device exited too early or failed',
        "read the deployment's logs",
    ),
    ErrorCode(
        CLOUD_IMAGE_NOT_PULLED,
        ErrorKind.REJECTED,
        'cloud: image could not be pulled, or built from source',
        'check that the image exists at its registry, and its secret',
    ),
    ErrorCode(
        CLOUD_EXITED_TOO_EARLY,
        ErrorKind.FAILED,
        'cloud: executables exited too early',
        'read the logs',
    ),
    ErrorCode(
        CLOUD_FAILED,
        ErrorKind.FAILED,
        'cloud: executables failed',
        'read the logs',
    ),
    ErrorCode(
        DEPENDENCY_IN_ERROR,
        ErrorKind.TEMPORARY,
        'a dependency is in error',
        'look into the dependency',
    ),
    ErrorCode(
        IMAGE_NOT_FOUND,
        ErrorKind.REJECTED,
        'device: docker image not found',
        "check the image's path",
    ),
    ErrorCode(
        MISMATCH,
        ErrorKind.REJECTED,
        'validation: ROS distro, architecture or runtime of device and package do not match, '
        'or images missing on a docker device',
        'correct the package, or onboard the device again',
    ),
    ErrorCode(
        CRASH_LOOP,
        ErrorKind.FAILED,
        'the application exits unexpectedly, again and again',
        'debug it with its logs',
    ),
    ErrorCode(
        ENGINE_UNREACHABLE,
        ErrorKind.TEMPORARY,
        'device: the container engine does not answer',
        'check that the engine runs on the device and that the executor may use its socket',
    ),
    ErrorCode(
        DISK_FULL,
        ErrorKind.TEMPORARY,
        'device: its disk is full',
        'free space where the engine and Roost keep their data',
    ),
    ErrorCode(
        CREATE_FAILED,
        ErrorKind.REJECTED,
        'device: the container engine refused to create or start a container',
        'correct what the engine names in the details shown, in the package',
    ),
    ErrorCode(
        PORT_TAKEN,
        ErrorKind.TEMPORARY,
        'device: a port that is needed is taken by another program',
        'end that program, or use another port',
    ),
    ErrorCode(
        REGISTRY_UNREACHABLE,
        ErrorKind.TEMPORARY,
        'device: the image registry cannot be reached',
        'check the registry and the network between it and the device',
    ),
    ErrorCode(
        REGISTRY_DENIED,
        ErrorKind.REJECTED,
        'device: the image registry denied access',
        'check who may pull the image, and that the engine of the device is logged in',
    ),
    ErrorCode(
        RUNTIME_MISSING,
        ErrorKind.UNSUPPORTED,
        'device: it does not offer the runtime that the component needs',
        'install the runtime on the device, or choose another device',
    ),
    ErrorCode(
        SPAWN_FAILED,
        ErrorKind.REJECTED,
        'device: a process could not be started',
        'check the user, the groups, the working directory and the rights of the command '
        'on the device',
    ),
    ErrorCode(
        POLICY_FORBIDS,
        ErrorKind.REJECTED,
        'device: its policy forbids what the component asks for',
        'change the package, or have the owner of the device change the rule that is named',
    ),
    ErrorCode(
        OUT_OF_MEMORY,
        ErrorKind.FAILED,
        'device: an executable was ended because it needed more memory than it may have',
        'raise the memory limit of the executable, or find out what it needs the memory for',
    ),
    ErrorCode(
        REMOVE_FAILED,
        ErrorKind.TEMPORARY,
        'device: something that ran could not be stopped or removed',
        'look at the device with the details shown; the removal is tried again',
    ),
    ErrorCode(
        EXECUTOR_DEFECT,
        ErrorKind.TEMPORARY,
        'device: the executor met a case that it does not handle',
        "report it with the details shown and the executor's log; it is tried again",
    ),
    ErrorCode(
        NOT_ALIVE,
        ErrorKind.FAILED,
        'device: an executable ran and did not answer its liveness probe',
        'find out why it hangs, or correct the probe in the package',
    ),
    ErrorCode(
        SECRET_MISSING,
        ErrorKind.TEMPORARY,
        'device: a secret that is needed is not there, or has no such value',
        'apply the secret, with the value that is named',
    ),
    ErrorCode(
        CONFIG_MISSING,
        ErrorKind.TEMPORARY,
        'device: the files of a config could not be fetched from the manager',
        'check the connection between device and manager; it is tried again',
    ),
    ErrorCode(
        MOUNT_FAILED,
        ErrorKind.REJECTED,
        'device: a volume or one of its folders cannot be used',
        'look at the folder that is named, on the device',
    ),
    ErrorCode(
        PLACEMENT_FAILED,
        ErrorKind.REJECTED,
        'manager: a component could not be placed',
        'deprovision the deployment and deploy it where the component can run',
    ),
    ErrorCode(
        DEVICE_FORGOTTEN,
        ErrorKind.FAILED,
        'manager: a device of the deployment was forgotten',
        'deprovision the deployment and deploy it on another device',
    ),
    ErrorCode(
        BINDINGS_UNRESOLVED,
        ErrorKind.REJECTED,
        'manager: what the deployment takes from its dependencies cannot be worked out any more',
        'compare what its dependencies expose with what it needs, and deploy it again',
    ),
    ErrorCode(
        DESIRED_STATE_TOO_LARGE,
        ErrorKind.REJECTED,
        'manager: all that a device is to run, described together, is larger than 1 MiB',
        'deploy less on this device, or make environments and commands shorter',
    ),
    ErrorCode(
        CLOUD_UNAVAILABLE,
        ErrorKind.UNSUPPORTED,
        'manager: this version of Roost has no cloud to run components in',
        'give the component the runtime device',
    ),
    ErrorCode(
        UPDATE_TOO_LATE,
        ErrorKind.FAILED,
        'manager: an update was not done before its deadline',
        'see what it waited for, and update again, with a later deadline if need be',
    ),
    ErrorCode(
        UPDATE_NOT_UP,
        ErrorKind.FAILED,
        'manager: what an update started did not stay up',
        "read the deployment's logs of the generation that failed",
    ),
)

_BY_CODE: Final = {entry.code: entry for entry in CATALOGUE}

# What needs a person and says most comes first, then what heals by itself, consequences last.
_WORST_FIRST: Final = (
    DEVICE_FORGOTTEN,
    PLACEMENT_FAILED,
    BINDINGS_UNRESOLVED,
    DESIRED_STATE_TOO_LARGE,
    CLOUD_UNAVAILABLE,
    UPDATE_NOT_UP,
    UPDATE_TOO_LATE,
    EXECUTOR_DEFECT,
    POLICY_FORBIDS,
    RUNTIME_MISSING,
    MISMATCH,
    IMAGE_NOT_FOUND,
    CLOUD_IMAGE_NOT_PULLED,
    REGISTRY_DENIED,
    CREATE_FAILED,
    SPAWN_FAILED,
    MOUNT_FAILED,
    SECRET_MISSING,
    CONFIG_MISSING,
    OUT_OF_MEMORY,
    NOT_ALIVE,
    CRASH_LOOP,
    CLOUD_FAILED,
    CLOUD_EXITED_TOO_EARLY,
    EXITED,
    DISK_FULL,
    ENGINE_UNREACHABLE,
    PORT_TAKEN,
    REGISTRY_UNREACHABLE,
    REMOVE_FAILED,
    DEVICE_OFFLINE,
    DEPENDENCY_IN_ERROR,
)

_RANK: Final = {code: rank for rank, code in enumerate(_WORST_FIRST)}


def explain(code: str) -> ErrorCode | None:
    """Look a code up, as a person may type it: 'DEP_E151', 'dep_e151' or 'e151'."""
    typed = code.strip().upper()
    return _BY_CODE.get(typed) or _BY_CODE.get(f'DEP_{typed}')


def worst_first(codes: Iterable[str]) -> tuple[str, ...]:
    """Sort codes, each once, worst first; codes that the catalogue lacks come last, by name."""
    return tuple(sorted(set(codes), key=lambda code: (_RANK.get(code, len(_RANK)), code)))
