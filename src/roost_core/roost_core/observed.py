# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Instances as a runtime sees them on the device."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from roost_core.instance import Identity


class InstanceState(StrEnum):
    """What an instance is doing."""

    CREATED = 'created'
    RUNNING = 'running'
    ENDED = 'ended'


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedInstance:
    """An instance that exists on the device.

    Attributes:
        instance_id: container id, or 'pid@start time'.
        exit_code: 128 + n after signal n; None while it has not ended, or when nobody could tell.
        oom_killed: the kernel ended it because memory ran out.
        by_hand: a person stopped it.
        command_missing: it ended at once: its command does not exist or may not be executed.
        started_at, ended_at: Unix seconds by the device's clock; None when it did not happen.
        host_name: host name of its container; empty for native processes.
        stop_timeout_sec: that it was created with.
        pid: main process, as the device sees it; 0 when there is none.
    """

    identity: Identity
    deployment_name: str
    instance_id: str
    state: InstanceState
    exit_code: int | None = None
    oom_killed: bool = False
    by_hand: bool = False
    command_missing: bool = False
    started_at: float | None = None
    ended_at: float | None = None
    image_digest: str = ''
    host_name: str = ''
    stop_timeout_sec: float = 10.0
    pid: int = 0
