# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""Updates in place: begun, watched to their end, undone when they fail.

An update gives some components a new generation and another plan. Their devices pull first and
stop what runs only then. When it fails, the former plan is desired again: what still runs is
adopted as it is, what was stopped is created anew from the very image that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from roost_core import error_codes, generations, planning
from roost_core.deployment import (
    ComponentState,
    Deployment,
    DeploymentSpec,
    ExecutableState,
    OnFailure,
    Outcome,
    Update,
)
from roost_core.generations import label
from roost_core.liveness import Liveness
from roost_core.phase import advance, Phase
from roost_core.status import ReasonKind, Status
from roost_core.world import World

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
    names = request.components
    components = tuple(
        _next(asked, part, world, generation) if part.name in names else part
        for part in deployment.components
    )
    return replace(
        asked,
        phase=advance(deployment.phase, Phase.PROVISIONING),
        components=components,
        executables=_executables(components, deployment.executables),
        failed_update='',
        failed_update_code='',
        update=Update(
            components=names,
            former_spec=deployment.spec,
            former=tuple(
                _pinned(part, deployment) for part in deployment.components if part.name in names
            ),
            ran=tuple(
                label(state)
                for state in deployment.executables
                if state.component in names and state.status is Status.RUNNING
            ),
            former_states=tuple(
                state for state in deployment.executables if state.component in names
            ),
            on_failure=request.on_failure,
            deadline_at=request.deadline_at,
        ),
        history=generations.begun(
            deployment.history,
            generation=generation,
            parts=[part for part in components if part.name in names],
            package_version=request.spec.package.version,
            at=world.now,
            by=request.requested_by,
        ),
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
    if since is not None and world.now - _silence(states, world) - since >= world.proving_sec:
        done = replace(deployment, update=None, phase=advance(deployment.phase, Phase.SUCCEEDED))
        return generations.succeeded(done, now=world.now)
    return replace(deployment, update=replace(update, up_since=since))


def _silence(states: Iterable[ExecutableState], world: World) -> float:
    """Tell for how long a device of an update was not heard: nothing is proven meanwhile."""
    views = (world.devices.get(state.device) for state in states)
    return max((each.silent_sec or 0.0 for each in views if each is not None), default=0.0)


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


def _executables(
    components: Iterable[ComponentState], states: Iterable[ExecutableState]
) -> tuple[ExecutableState, ...]:
    """List the executables of plans; what is known of one is kept."""
    known = {label(state): state for state in states}
    return tuple(
        known.get(f'{part.name}/{each.name}')
        or ExecutableState(component=part.name, name=each.name, device=part.device)
        for part in components
        for each in part.plan
    )


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
        else:
            components.append(_back(former[part.name], part) if part.name in former else part)
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
    history = generations.ended(
        deployment.history, outcome, reason=f'{text}{after}', code=code, at=now
    )
    return replace(
        deployment,
        spec=deployment.spec if kept else update.former_spec,
        phase=advance(deployment.phase, Phase.FAILED_TO_UPDATE),
        components=tuple(components),
        executables=_executables(components, _known(deployment, update, kept)),
        update=None,
        failed_update=f'{what}{after}',
        failed_update_code=code,
        history=history,
    )


def _known(deployment: Deployment, update: Update, kept: set[str]) -> Iterator[ExecutableState]:
    """Give what is still known of executables when what was there before is asked for again.

    What was not stopped is again what it was: its instance, its image, its restarts. Of what is
    created anew, nothing is known yet.
    """
    former = {label(state): state for state in update.former_states}
    for state in deployment.executables:
        if state.component in kept or state.component not in update.components:
            yield state
        elif not _is_touched(deployment, update, state):
            yield former.get(label(state), state)


def _was_touched(deployment: Deployment, update: Update, name: str) -> bool:
    """Tell whether something of a component was stopped, as far as its device said."""
    return any(
        _is_touched(deployment, update, state)
        for state in deployment.executables
        if state.component == name
    )


def _is_touched(deployment: Deployment, update: Update, state: ExecutableState) -> bool:
    if not _is_of(deployment, state):
        return False
    return state.started or (label(state) in update.ran and not state.former_generation)


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


def _said(state: ExecutableState) -> str:
    return f'{label(state)} on {state.device}: {state.reason.text or state.status}'
