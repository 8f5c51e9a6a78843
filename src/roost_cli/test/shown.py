# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of the model, with only what a test is about spelled out."""

from __future__ import annotations

from typing import Any

from roost_cli.model import Component, Deployment, Event, Executable, Package
from roost_core.event import EventKind
from roost_core.phase import Phase
from roost_core.status import Status


def executable(**given: Any) -> Executable:
    """Build an executable that runs."""
    return Executable(
        **{
            'name': 'main',
            'status': Status.RUNNING,
            'reason': '',
            'reason_kind': '',
            'progress': -1.0,
            'retry_in_sec': -1.0,
            'codes': (),
            'generation': 1,
            'restart_count': 0,
            'exited': False,
            'exit_code': 0,
            'started_at': None,
            'image': '',
            'image_digest': '',
            'instance_id': '',
            **given,
        }
    )


def component(**given: Any) -> Component:
    """Build a component on rover1."""
    return Component(
        **{
            'name': 'driver',
            'runtime': 'preinstalled',
            'device': 'rover1',
            'cloud': '',
            'network': 'default',
            'restart': 'always',
            'generation': 1,
            'status': Status.RUNNING,
            'reason': '',
            'executables': (executable(),),
            **given,
        }
    )


def deployment(**given: Any) -> Deployment:
    """Build a deployment that runs."""
    return Deployment(
        **{
            'id': f'id-of-{given.get("name", "turtle")}',
            'name': 'turtle',
            'description': '',
            'package_name': 'turtle',
            'package_version': '1.0',
            'generation': 1,
            'phase': Phase.SUCCEEDED,
            'status': Status.RUNNING,
            'reason': '',
            'reason_kind': '',
            'codes': (),
            'deprovisioning': False,
            'labels': {},
            'components': (component(),),
            'dependencies': (),
            'dependants': (),
            'created_at': None,
            'created_by': 'ann@desk',
            **given,
        }
    )


def package(**given: Any) -> Package:
    """Build a package with the components base and arm."""
    return Package(
        **{
            'name': 'rover',
            'version': '2.1',
            'description': '',
            'labels': {},
            'singleton': False,
            'bindable': True,
            'components': ('base', 'arm'),
            'component_runtimes': ('docker', 'docker'),
            'deployments': (),
            'manifest': '',
            **given,
        }
    )


def event(number: int, **given: Any) -> Event:
    """Build an event of the deployment turtle."""
    return Event(
        **{
            'number': number,
            'stamp': None,
            'kind': EventKind.STATUS,
            'deployment_id': 'id-of-turtle',
            'deployment_name': 'turtle',
            'component': '',
            'executable': '',
            'device': '',
            'phase': Phase.SUCCEEDED,
            'status': Status.RUNNING,
            'codes': (),
            'generation': 1,
            'reason_kind': '',
            'message': f'event {number}',
            **given,
        }
    )
