# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A deployment in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from roost_cli.describing.layout import created, field, section, state
from roost_cli.eventing import event_line
from roost_cli.model import (
    Component,
    Dependency,
    Deployment,
    Event,
    Executable,
    Generation,
    Variable,
)
from roost_cli.output import age, text
from roost_cli.table import aligned
from roost_core.deployment import Outcome
from roost_core.resource import ResourceKind

SECRET = '(secret)'


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStory:
    """A deployment with all that is known of it.

    Attributes:
        manifest: what was asked for, as YAML.
        history: oldest first.
        events: the newest ones, oldest first.
    """

    deployment: Deployment
    environment: tuple[Variable, ...] = ()
    history: tuple[Generation, ...] = ()
    events: tuple[Event, ...] = ()
    manifest: str = ''


def deployment_lines(story: DeploymentStory) -> Iterator[str]:
    """Write a deployment."""
    deployment = story.deployment
    yield field('Name', deployment.name)
    yield field('Id', deployment.id)
    yield field('Description', deployment.description)
    yield field('Package', f'{deployment.package_name} {deployment.package_version}')
    yield field('Generation', deployment.generation)
    yield from state(deployment.phase, deployment.status, deployment.reason, deployment.codes)
    yield from (field('Last change', outcome(last)) for last in story.history[-1:])
    yield field('Labels', deployment.labels)
    yield created(deployment.created_at, deployment.created_by)
    yield from section('Needs', map(_need, deployment.dependencies))
    yield from section('Needed by', deployment.dependants)
    yield from section(
        'Components', (line for part in deployment.components for line in _component(part))
    )
    yield from section('Environment', _environment(story.environment))
    yield from section('Newest events', map(event_line, story.events))
    yield from section('Manifest', story.manifest.splitlines())


def outcome(generation: Generation) -> str:
    """Say in one line what a generation was and how it ended."""
    what = 'creation' if generation.generation == 1 else 'update'
    parts = (str(generation.outcome or 'unknown'), generation.code, generation.reason)
    told = f'{what}, generation {generation.generation}, ' + ': '.join(filter(None, parts))
    if generation.outcome is not Outcome.IN_PROGRESS and generation.finished_at:
        return f'{told}, {age(generation.finished_at)} ago'
    return told


def _need(each: Dependency) -> str:
    kind = '' if each.kind in ('', ResourceKind.DEPLOYMENT) else f'{each.kind}/'
    condition = each.condition or 'running'
    return (
        f'{kind}{each.name}  {each.phase or "-"}, {each.status}; until {condition}: '
        f'{"met" if each.met else "not met"}'
    )


def _component(part: Component) -> Iterator[str]:
    where = part.device or part.cloud or 'nowhere yet'
    network = f', network {part.network}' if part.network else ''
    choice = ', stopped by choice' if part.stopped_by_choice else ''
    yield (
        f'{part.name}  {part.runtime} on {where}{network}, restart {part.restart}, '
        f'generation {part.generation}{choice}'
    )
    for each in part.executables:
        yield f'  {each.name}  {_executable(each)}'


def _executable(each: Executable) -> str:
    parts = [f'{each.status}: {each.reason}' if each.reason else str(each.status)]
    parts += each.codes
    parts.append(f'{each.restart_count} restarts')
    if each.exited:
        parts.append(f'last exit code {each.exit_code}')
    if each.started_at:
        parts.append(f'started {age(each.started_at)} ago')
    if each.image:
        parts.append(f'image {each.image}')
    if each.image_digest:
        parts.append(each.image_digest)
    if each.instance_id:
        parts.append(f'instance {each.instance_id[:24]}')
    return ', '.join(parts)


def _environment(variables: Sequence[Variable]) -> Iterator[str]:
    """Write every variable with its value and who gave it, for each executable."""
    by_executable = groupby(variables, lambda each: (each.component, each.executable))
    for (component, executable), given in by_executable:
        yield f'{component}/{executable}'
        rows = [
            (f'  {each.name}', _shown(each), text(each.source))
            for each in sorted(given, key=lambda each: each.name)
        ]
        yield from aligned(('  NAME', 'VALUE', 'FROM'), rows).splitlines()


def _shown(variable: Variable) -> str:
    if variable.secret:
        return SECRET
    return text(variable.value) if variable.value else "''"
