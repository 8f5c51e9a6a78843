# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What the manager tells, as a client shows it: the same names as on the wire, in plain types."""

from roost_cli.model.deployment import (
    Component,
    Dependency,
    Deployment,
    Details,
    Executable,
    Generation,
    Variable,
)
from roost_cli.model.fleet import Device, Event, Interface, Orphan, Package, Picture
from roost_cli.model.inside import (
    Admission,
    Admissions,
    LogChoice,
    LogChunk,
    LogPage,
    Place,
    SessionOpened,
    SessionOutput,
)
from roost_cli.model.resource import Change, Config, Network, Secret, Volume

__all__ = [
    'Admission',
    'Admissions',
    'Change',
    'Component',
    'Config',
    'Dependency',
    'Deployment',
    'Details',
    'Device',
    'Event',
    'Executable',
    'Generation',
    'Interface',
    'LogChoice',
    'LogChunk',
    'LogPage',
    'Network',
    'Orphan',
    'Package',
    'Picture',
    'Place',
    'Secret',
    'SessionOpened',
    'SessionOutput',
    'Variable',
    'Volume',
]
