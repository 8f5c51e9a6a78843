# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Enums of the domain as the constants of the messages, both ways."""

from __future__ import annotations

from roost_core.deployment import Outcome
from roost_core.event import EventKind
from roost_core.liveness import Liveness
from roost_core.phase import Phase
from roost_core.status import Status
from roost_interfaces import msg

PHASES = {
    Phase.IN_PROGRESS: msg.Deployment.PHASE_IN_PROGRESS,
    Phase.PROVISIONING: msg.Deployment.PHASE_PROVISIONING,
    Phase.SUCCEEDED: msg.Deployment.PHASE_SUCCEEDED,
    Phase.FAILED_TO_START: msg.Deployment.PHASE_FAILED_TO_START,
    Phase.FAILED_TO_UPDATE: msg.Deployment.PHASE_FAILED_TO_UPDATE,
    Phase.PARTIALLY_DEPROVISIONED: msg.Deployment.PHASE_PARTIALLY_DEPROVISIONED,
    Phase.DEPLOYMENT_STOPPED: msg.Deployment.PHASE_DEPLOYMENT_STOPPED,
}
STATUSES = {
    Status.UNKNOWN: msg.Deployment.STATUS_UNKNOWN,
    Status.PENDING: msg.Deployment.STATUS_PENDING,
    Status.RUNNING: msg.Deployment.STATUS_RUNNING,
    Status.ERROR: msg.Deployment.STATUS_ERROR,
    Status.STOPPED: msg.Deployment.STATUS_STOPPED,
}
LIVENESSES = {
    Liveness.UNKNOWN: msg.Device.LIVENESS_UNKNOWN,
    Liveness.ONLINE: msg.Device.LIVENESS_ONLINE,
    Liveness.OFFLINE: msg.Device.LIVENESS_OFFLINE,
}
EVENT_KINDS = {
    EventKind.CREATED: msg.DeploymentEvent.KIND_CREATED,
    EventKind.PHASE: msg.DeploymentEvent.KIND_PHASE,
    EventKind.STATUS: msg.DeploymentEvent.KIND_STATUS,
    EventKind.CODES: msg.DeploymentEvent.KIND_CODES,
    EventKind.REASON: msg.DeploymentEvent.KIND_REASON,
    EventKind.GENERATION: msg.DeploymentEvent.KIND_GENERATION,
    EventKind.DEPROVISION: msg.DeploymentEvent.KIND_DEPROVISION,
    EventKind.EXECUTABLE: msg.DeploymentEvent.KIND_EXECUTABLE,
    EventKind.DEVICE: msg.DeploymentEvent.KIND_DEVICE,
}
OUTCOMES = {
    Outcome.IN_PROGRESS: msg.GenerationRecord.OUTCOME_IN_PROGRESS,
    Outcome.SUCCEEDED: msg.GenerationRecord.OUTCOME_SUCCEEDED,
    Outcome.FAILED: msg.GenerationRecord.OUTCOME_FAILED,
    Outcome.CANCELLED: msg.GenerationRecord.OUTCOME_CANCELLED,
    Outcome.ROLLED_BACK: msg.GenerationRecord.OUTCOME_ROLLED_BACK,
}


PHASE_OF = {number: phase for phase, number in PHASES.items()}
STATUS_OF = {number: status for status, number in STATUSES.items()}
LIVENESS_OF = {number: liveness for liveness, number in LIVENESSES.items()}
EVENT_KIND_OF = {number: kind for kind, number in EVENT_KINDS.items()}
OUTCOME_OF = {number: outcome for outcome, number in OUTCOMES.items()}
