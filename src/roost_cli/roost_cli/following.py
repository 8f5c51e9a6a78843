# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Follow what is deployed until it runs or is stopped, or until waiting is no use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import contextlib
from dataclasses import dataclass, replace
import time

from roost_cli.exits import Exit, TookTooLong
from roost_cli.model import Change, Deployment, Executable, Network, Volume
from roost_cli.output import say
from roost_cli.progress import label, Phases, summary
from roost_core.error_codes import ErrorKind, explain
from roost_core.phase import Phase
from roost_core.resource import DEPLOYED, ResourceKind
from roost_core.status import ReasonKind, Status

Deployed = Deployment | Network | Volume

# A program that ends at once was up for a moment: what runs must do so for longer.
STEADY_SEC = 1.5

_ENDED_BADLY = (
    Phase.FAILED_TO_START,
    Phase.FAILED_TO_UPDATE,
    Phase.PARTIALLY_DEPROVISIONED,
    Phase.DEPLOYMENT_STOPPED,
)

_STOPPED = (ReasonKind.STOPPED_BY_CHOICE, ReasonKind.STOPPED_BY_HAND)


@dataclass(frozen=True, slots=True)
class Target:
    """What is followed: a deployment, a network or a volume."""

    kind: ResourceKind
    id: str
    name: str


def targets_of(changes: Iterable[Change], action: str = '') -> list[Target]:
    """Name what there is to follow of a plan that was accepted, or only of one action."""
    return [
        Target(ResourceKind(each.kind), each.deployment_id, each.name)
        for each in changes
        if each.kind in DEPLOYED and each.deployment_id and action in ('', each.action)
    ]


def gone(target: Target, before: Mapping[str, Deployed]) -> Deployed:
    """Show a network or a volume that is listed no longer, because it is stopped."""
    last = before.get(target.id)
    over = {'phase': Phase.DEPLOYMENT_STOPPED, 'status': Status.STOPPED, 'reason': '', 'codes': ()}
    if last is not None:
        return replace(last, **over)  # type: ignore[arg-type]
    empty = {'description': '', 'labels': {}, 'runtime': '', 'device': '', 'used_by': ()}
    told = {'id': target.id, 'name': target.name, 'deprovisioning': True, 'created_by': ''}
    common = {**empty, **told, **over, 'created_at': None}
    if target.kind is ResourceKind.VOLUME:
        return Volume(**common, host_path='')  # type: ignore[arg-type]
    server = {'discovery_server': '', 'discovery_range': '', 'built_in': False}
    return Network(**common, **server, type='', domain_id=0)  # type: ignore[arg-type]


def runs(each: Deployed) -> bool:
    """Tell whether it got where it should: it runs, or has completed."""
    if each.phase is not Phase.SUCCEEDED or each.deprovisioning:
        return False
    if isinstance(each, Deployment) and each.status is Status.STOPPED:
        return not any(one.reason_kind in _STOPPED for one in _executables(each))
    return each.status is Status.RUNNING


def stopped_by_choice(each: Deployed) -> bool:
    """Tell whether somebody had it stopped, so that it will not run by itself."""
    return (
        isinstance(each, Deployment)
        and each.status is Status.STOPPED
        and any(part.stopped_by_choice for part in each.components)
    )


def failed(each: Deployed) -> bool:
    """Tell whether waiting longer is no use, because a person must act."""
    if each.phase in _ENDED_BADLY or each.deprovisioning or stopped_by_choice(each):
        return True
    if isinstance(each, Deployment) and each.phase is Phase.PROVISIONING and each.generation > 1:
        return False  # an update: the manager ends it, one way or the other
    if each.status is not Status.ERROR:
        return False
    entries = [explain(code) for code in each.codes]
    return any(entry is not None and entry.kind is not ErrorKind.TEMPORARY for entry in entries)


def failure(each: Deployed) -> str:
    """Say in a few lines why something failed and what to do."""
    lines = [f'{label(each)}: {each.phase}, {summary(each)}']
    for code in each.codes:
        entry = explain(code)
        if entry is not None:
            lines.append(f'  {code}: {entry.description}; {entry.action}')
    if stopped_by_choice(each):
        lines.append(f'  start it again: roost start {each.name}')
    return '\n'.join(lines)


def wait_until_running(
    changes: Iterable[Sequence[Deployed]],
    *,
    there: Callable[[Deployed], bool] = runs,
    why: Callable[[Deployed], str] = failure,
    wanted: str = 'running',
    monotonic: Callable[[], float] = time.monotonic,
) -> Exit:
    """Show each change until all run, and go on doing so for a moment, or one has failed.

    Args:
        there: tells that one got where it should.
        why: says why one failed and what to do.
        wanted: what they are not when it takes too long.

    Raises:
        TookTooLong: the changes ended first.
    """
    last: Sequence[Deployed] = ()
    steady: tuple[object, float] | None = None
    with Phases() as phases:
        for last in changes:
            phases.update(last)
            if any(map(failed, last)):
                break
            if not all(map(there, last)):
                steady = None
                continue
            now = (tuple(map(_incarnation, last)), monotonic())
            if steady is None or steady[0] != now[0]:
                steady = now
            if now[1] - steady[1] >= STEADY_SEC or not any(map(_may_end, last)):
                return Exit.OK
        else:
            names = ', '.join(label(each) for each in last if not there(each))
            raise TookTooLong(f'{names or "all"}: not {wanted} in time; it goes on: roost get')
    for each in filter(failed, last):
        say(why(each))
    return Exit.FAILED


def wait_until_stopped(changes: Iterable[Sequence[Deployed]]) -> None:
    """Show each change until all are stopped.

    Raises:
        TookTooLong: the changes ended first.
    """
    left: list[Deployed] = []
    with Phases() as phases:
        for last in changes:
            phases.update(last)
            left = [each for each in last if each.phase is not Phase.DEPLOYMENT_STOPPED]
            if not left:
                return
    names = '; '.join(f'{label(each)}: {summary(each)}' for each in left)
    raise TookTooLong(f'not stopped in time, and the work goes on: {names}')


@contextlib.contextmanager
def goes_on(words: str) -> Iterator[None]:
    """Say, when a wait is interrupted, that the work is not."""
    try:
        yield
    except KeyboardInterrupt:
        say(f'\nnot watched; {words}')
        raise


def _incarnation(each: Deployed) -> object:
    """Tell apart what runs now from what runs after it ended and was started again."""
    if not isinstance(each, Deployment):
        return each.id
    instances = [
        (one.instance_id, one.restart_count, one.started_at) for one in _executables(each)
    ]
    return each.id, each.generation, instances


def _executables(deployment: Deployment) -> Iterator[Executable]:
    for part in deployment.components:
        yield from part.executables


def _may_end(each: Deployed) -> bool:
    return isinstance(each, Deployment) and each.status is Status.RUNNING
