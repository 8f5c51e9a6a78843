# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Values of the model, with only what a test is about spelled out."""

from __future__ import annotations

from typing import Any

from roost_cli.model import (
    Change,
    Component,
    Config,
    Deployment,
    Event,
    Executable,
    Generation,
    Network,
    Package,
    Secret,
    Volume,
)
from roost_core.deployment import Outcome
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
            'stopped_by_choice': False,
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


def network(**given: Any) -> Network:
    """Build a routed network that runs on rover1."""
    return Network(
        **{
            'id': 'id-of-lab',
            'name': 'lab',
            'description': '',
            'labels': {},
            'type': 'routed',
            'runtime': 'device',
            'device': 'rover1',
            'domain_id': 5,
            'discovery_server': '10.0.0.1:11811',
            'discovery_range': 'OFF',
            'phase': Phase.SUCCEEDED,
            'status': Status.RUNNING,
            'reason': '',
            'codes': (),
            'deprovisioning': False,
            'built_in': False,
            'used_by': ('turtle',),
            'created_at': None,
            'created_by': 'ann@desk',
            **given,
        }
    )


def volume(**given: Any) -> Volume:
    """Build a volume that Roost manages on rover1."""
    return Volume(
        **{
            'id': 'id-of-maps',
            'name': 'maps',
            'description': '',
            'labels': {},
            'runtime': 'device',
            'device': 'rover1',
            'host_path': '',
            'phase': Phase.SUCCEEDED,
            'status': Status.RUNNING,
            'reason': '',
            'codes': (),
            'deprovisioning': False,
            'used_by': (),
            'created_at': None,
            'created_by': 'ann@desk',
            **given,
        }
    )


def secret(**given: Any) -> Secret:
    """Build a login to a registry."""
    return Secret(
        **{
            'name': 'login',
            'description': '',
            'labels': {},
            'type': 'docker',
            'keys': (),
            'registry': 'registry.local:5000',
            'used_by': ('turtle',),
            'version': 2,
            'changed_at': None,
            **given,
        }
    )


def config(**given: Any) -> Config:
    """Build a config of one file."""
    return Config(
        **{
            'name': 'nav',
            'description': '',
            'labels': {},
            'digest': '0123456789abcdef' * 4,
            'files': ('params.yaml',),
            'size_bytes': 2048,
            'used_by': (),
            'changed_at': None,
            **given,
        }
    )


def generation(number: int, **given: Any) -> Generation:
    """Build a generation that succeeded."""
    return Generation(
        **{
            'generation': number,
            'began_at': None,
            'finished_at': None,
            'requested_by': 'ann@desk',
            'outcome': Outcome.SUCCEEDED,
            'reason': '',
            'code': '',
            'package_version': '1.0',
            'components': ('driver',),
            'images': {},
            **given,
        }
    )


def change(**given: Any) -> Change:
    """Build a part of a plan that creates something."""
    return Change(
        **{
            'kind': 'Deployment',
            'name': 'turtle',
            'version': '',
            'action': 'create',
            'deployment_id': '',
            'detail': '',
            **given,
        }
    )
