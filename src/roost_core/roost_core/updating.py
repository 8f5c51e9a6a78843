# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Updates in place: begun, watched to their end, undone when they fail.

An update gives some components a new generation and another plan. Their devices pull first and
stop what runs only then. When it fails, the former plan is desired again: what still runs is
adopted as it is, what was stopped is created anew from the very image that it had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from roost_core import error_codes, planning
from roost_core.deployment import (
    ComponentState,
    Deployment,
    DeploymentSpec,
    ExecutableState,
    GenerationRecord,
    OnFailure,
    Outcome,
    Update,
)
from roost_core.liveness import Liveness
from roost_core.package import Package
from roost_core.phase import advance, Phase
from roost_core.status import ReasonKind, Status
from roost_core.world import World

# Generations that the history holds; the creation stays in any case.
HISTORY_LENGTH = 50

# What is not the fault of the update, and may pass before its deadline.
_MAY_PASS = frozenset({error_codes.ENGINE_UNREACHABLE, error_codes.EXECUTOR_DEFECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """What an update is to be like.

    Attributes:
        spec: the deployment as it is to be.
        components: that are touched.
        deadline_at: Unix time by the manager's clock.
    """

    spec: DeploymentSpec
    components: tuple[str, ...]
    on_failure: OnFailure = OnFailure.ROLLBACK
    deadline_at: float
    requested_by: str = ''


def begin(deployment: Deployment, request: UpdateRequest, world: World) -> Deployment:
    """Make the next generation of some components; the request was admitted.

    Args:
        world: with the package that the request names.
    """
    generation = deployment.generation + 1
    asked = replace(deployment, spec=request.spec, generation=generation)
    former = {part.name: part for part in deployment.components}
    components = tuple(
        _next(asked, part, world, generation) if part.name in request.components else part
        for part in _all_parts(deployment, request.spec, world.package, generation)
    )
    known = {(state.component, state.name): state for state in deployment.executables}
    wanted = [
        ExecutableState(component=part.name, name=each.name, device=part.device)
        for part in components
        for each in part.plan
    ]
    names = request.components
    return replace(
        asked,
        phase=advance(deployment.phase, Phase.PROVISIONING),
        components=components,
        executables=tuple(known.get((each.component, each.name), each) for each in wanted),
        failed_update='',
        failed_update_code='',
        update=Update(
            components=names,
            former_spec=deployment.spec,
            former=tuple(_pinned(former[name], deployment) for name in names if name in former),
            ran=tuple(
                _label(state)
                for state in deployment.executables
                if state.component in names and state.status is Status.RUNNING
            ),
            on_failure=request.on_failure,
            deadline_at=request.deadline_at,
        ),
        history=_with(
            deployment.history,
            replace(
                record(
                    world.package, request.spec, generation, names, world.now, request.requested_by
                ),
                images=_images(components, names),
            ),
        ),
    )


def _all_parts(
    deployment: Deployment, spec: DeploymentSpec, package: Package, generation: int
) -> Iterable[ComponentState]:
    """List the components in the order of the package; a new version may bring more of them."""
    known = {part.name: part for part in deployment.components}
    for component in package.components:
        placed = spec.components[component.name]
        yield known.get(component.name) or ComponentState(
            name=component.name,
            device=placed.device,
            network=placed.network if component.ros.enabled else '',
            restart=placed.restart or component.restart,
            generation=generation,
        )


def _next(
    deployment: Deployment, part: ComponentState, world: World, generation: int
) -> ComponentState:
    component = world.package.component(part.name)
    assert component is not None
    fresh = replace(
        part,
        generation=generation,
        restart=deployment.spec.components[part.name].restart or component.restart,
        stopped=False,
        restarts=0,
    )
    plan = planning.plan(deployment, fresh, world, refresh=True)
    names = {each.name for each in plan}
    dropped = {*part.dropped, *(each.name for each in part.plan)} - names
    return replace(fresh, plan=plan, dropped=tuple(sorted(dropped)))


def record(
    package: Package,
    spec: DeploymentSpec,
    generation: int,
    components: Collection[str],
    at: float,
    by: str,
) -> GenerationRecord:
    """Begin the record of a generation."""
    images = {
        f'{part.name}/{each.name}': spec.components[part.name].images.get(each.name, each.image)
        for part in package.components
        if part.name in components
        for each in part.executables
    }
    return GenerationRecord(
        generation=generation,
        began_at=at,
        requested_by=by,
        package_version=spec.package.version,
        components=tuple(components),
        images={name: image for name, image in images.items() if image},
    )


def evaluate(deployment: Deployment, world: World) -> Deployment:
    """Give what becomes of an update, from what is known of the executables now."""
    update = deployment.update
    assert update is not None
    states = [each for each in deployment.executables if each.component in update.components]
    failure = _failure(deployment, update, states, world)
    if failure is not None:
        code, text = failure
        return _undo(deployment, update, code=code, text=text, now=world.now)
    up = all(_is_up(deployment, state) for state in states)
    since = update.up_since if up else None
    if up and (since is None or since > world.now):
        since = world.now
    if since is not None and world.now - since >= world.proving_sec:
        done = replace(deployment, update=None, phase=advance(deployment.phase, Phase.SUCCEEDED))
        return succeeded(done, now=world.now)
    return replace(deployment, update=replace(update, up_since=since))


def cancel(deployment: Deployment, *, now: float) -> Deployment:
    """Give an update up that is under way, and bring back what was there before."""
    update = deployment.update
    assert update is not None
    return _undo(
        deployment,
        replace(update, on_failure=OnFailure.ROLLBACK),
        code='',
        text='it was cancelled',
        now=now,
        outcome=Outcome.CANCELLED,
    )


def abandon(deployment: Deployment, *, now: float) -> Deployment:
    """Note that an update ends because its deployment is deprovisioned."""
    if not deployment.history or deployment.history[-1].finished_at is not None:
        return deployment
    ended = replace(
        deployment.history[-1],
        finished_at=now,
        outcome=Outcome.CANCELLED,
        reason='the deployment is deprovisioned',
    )
    return replace(deployment, update=None, history=(*deployment.history[:-1], ended))


def succeeded(deployment: Deployment, *, now: float) -> Deployment:
    """Note in the history that the newest generation came up, with the images that it runs."""
    if not deployment.history or deployment.history[-1].finished_at is not None:
        return deployment
    newest = deployment.history[-1]
    digests = {_label(state): state.image_digest for state in deployment.executables}
    ended = replace(
        newest,
        finished_at=now,
        outcome=Outcome.SUCCEEDED,
        images={
            name: _with_digest(image, digests.get(name, ''))
            for name, image in newest.images.items()
        },
    )
    return replace(deployment, history=(*deployment.history[:-1], ended))


def _failure(
    deployment: Deployment, update: Update, states: list[ExecutableState], world: World
) -> tuple[str, str] | None:
    for state in states:
        device = world.devices.get(state.device)
        if device is None:
            return error_codes.DEVICE_FORGOTTEN, f'device {state.device} was forgotten'
        if device.liveness is Liveness.OFFLINE:
            return error_codes.DEVICE_OFFLINE, device.why_silent()
    for state in states:
        if not _is_of(deployment, state):
            continue
        failed = [code for code in state.codes if code not in _MAY_PASS]
        if failed and not state.started:
            return error_codes.worst_first(failed)[0], _said(state)
        if state.started and not _is_up(deployment, state):
            code = error_codes.worst_first(failed)[0] if failed else error_codes.UPDATE_NOT_UP
            return code, f'{_said(state)}: it did not stay up'
    if world.now > update.deadline_at:
        waits = next((each for each in states if not _is_up(deployment, each)), None)
        why = f', {_said(waits)}' if waits is not None else ''
        return error_codes.UPDATE_TOO_LATE, f'it was not done before its deadline{why}'
    return None


def _is_of(deployment: Deployment, state: ExecutableState) -> bool:
    """Tell whether a state is told of the generation that is asked for."""
    return any(
        part.name == state.component and part.generation == state.generation
        for part in deployment.components
    )


def _is_up(deployment: Deployment, state: ExecutableState) -> bool:
    if not state.started or not _is_of(deployment, state) or state.restart_count:
        return False
    completed = state.status is Status.STOPPED and state.reason.kind is ReasonKind.COMPLETED
    return completed or state.status in (Status.RUNNING, Status.UNKNOWN)


def _undo(
    deployment: Deployment,
    update: Update,
    *,
    code: str,
    text: str,
    now: float,
    outcome: Outcome = Outcome.FAILED,
) -> Deployment:
    """Desire what was there before, but for what is to stay down."""
    former = {part.name: part for part in update.former}
    touched = {name for name in update.components if _was_touched(deployment, update, name)}
    kept = touched if update.on_failure is OnFailure.KEEP else set()
    components = []
    for part in deployment.components:
        if part.name in kept:
            components.append(replace(part, stopped=True))
        elif part.name in update.components:
            if part.name in former:
                components.append(_back(former[part.name], part))
        else:
            components.append(part)
    back = touched - kept
    if outcome is Outcome.FAILED and back and not kept:
        outcome = Outcome.ROLLED_BACK
    what = f'update to generation {deployment.generation} failed: {text}'
    if outcome is Outcome.CANCELLED:
        what = f'update to generation {deployment.generation} was cancelled'
    after = '; what ran before runs on' if not touched else ''
    if kept:
        after = f'; {", ".join(sorted(kept))} stays down'
    elif back:
        after = f'; {", ".join(sorted(back))} was brought back'
    ended = replace(
        deployment.history[-1],
        finished_at=now,
        outcome=outcome,
        reason=f'{text}{after}',
        code=code,
    )
    known = {(state.component, state.name): state for state in deployment.executables}
    wanted = [
        ExecutableState(component=part.name, name=each.name, device=part.device)
        for part in components
        for each in part.plan
    ]
    return replace(
        deployment,
        spec=deployment.spec if kept else update.former_spec,
        phase=advance(deployment.phase, Phase.FAILED_TO_UPDATE),
        components=tuple(components),
        executables=tuple(known.get((each.component, each.name), each) for each in wanted),
        update=None,
        failed_update=f'{what}{after}',
        failed_update_code=code,
        history=(*deployment.history[:-1], ended),
    )


def _was_touched(deployment: Deployment, update: Update, name: str) -> bool:
    """Tell whether something of a component was stopped, as far as its device said."""
    return any(
        state.started or (_label(state) in update.ran and not state.former_generation)
        for state in deployment.executables
        if state.component == name and _is_of(deployment, state)
    )


def _pinned(part: ComponentState, deployment: Deployment) -> ComponentState:
    """Note which images a component runs: their names may mean others when it is brought back."""
    digests = {
        state.name: state.image_digest
        for state in deployment.executables
        if state.component == part.name and state.generation == part.generation
    }
    return replace(
        part,
        plan=tuple(
            replace(each, refresh=False, image_digest=digests.get(each.name) or each.image_digest)
            for each in part.plan
        ),
    )


def _back(former: ComponentState, part: ComponentState) -> ComponentState:
    """Give the former state of a component, with what the update added taken away again."""
    names = {each.name for each in former.plan}
    dropped = {*former.dropped, *(each.name for each in part.plan)} - names
    return replace(former, dropped=tuple(sorted(dropped)))


def _images(components: Iterable[ComponentState], names: Collection[str]) -> dict[str, str]:
    return {
        f'{part.name}/{each.name}': each.spec.image
        for part in components
        if part.name in names
        for each in part.plan
        if each.spec.image
    }


def _with(
    history: tuple[GenerationRecord, ...], added: GenerationRecord
) -> tuple[GenerationRecord, ...]:
    history = (*history, added)
    if len(history) <= HISTORY_LENGTH:
        return history
    return (history[0], *history[-(HISTORY_LENGTH - 1) :])


def _label(state: ExecutableState) -> str:
    return f'{state.component}/{state.name}'


def _said(state: ExecutableState) -> str:
    return f'{_label(state)} on {state.device}: {state.reason.text or state.status}'


def _with_digest(image: str, digest: str) -> str:
    return f'{image} ({digest})' if digest and digest not in image else image
