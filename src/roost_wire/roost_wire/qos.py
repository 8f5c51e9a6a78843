# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""QoS profiles, defined once, by name, with the reason."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(
    reliability: ReliabilityPolicy, durability: DurabilityPolicy, depth: int
) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=reliability,
        durability=durability,
    )


# State, always whole: the newest sample is all that a late joiner needs.
LATCHED = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL, 1)

# A device keeps its newest report for late joiners.
REPORT_WRITER = LATCHED

# History is kept per reader, over all its writers: the one reader of all devices' reports needs
# room for one report of each, or a manager that starts late misses most of the fleet.
REPORT_READER = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL, 4096)

# As many networks as a device's collector watches, with one writer for each.
SNAPSHOT_READER = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL, 128)

# Signs of life: the next one comes soon, a late one is worthless.
HEARTBEAT = _profile(ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE, 256)

# Events are numbered; a listener that sees a gap reads the events again.
EVENTS = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 1000)

# Progress is superseded by the next message.
PROGRESS = _profile(ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE, 100)

# A question to all devices, repeated by its asker until it is answered.
REQUESTS = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 100)
