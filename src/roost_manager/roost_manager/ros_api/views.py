# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The fleet as messages, for those who ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from roost_core import brought, error_codes, placement, using
from roost_core.deployment import ComponentSpec, Dependency, Deployment
from roost_core.liveness import Liveness
from roost_core.manifest import to_yaml
from roost_core.manifest.policy import policy_text
from roost_core.names import DeviceName, suggestion
from roost_core.package import Component, Package
from roost_core.problem import ResultCode
from roost_interfaces import msg
from roost_manager.manager import Manager
from roost_manager.recovery import behind_text
from roost_manager.refusal import Refusal
from roost_manager.reports import rival, why_offline
from roost_wire.convert.deployment import deployment_message
from roost_wire.convert.fleet import (
    device_message,
    error_code_message,
    package_message,
    runtime_word,
)
from roost_wire.convert.states import PHASES, STATUSES
from roost_wire.signing import fingerprint

DEFAULT_PAGE = 500
MAX_PAGE = 5000

T = TypeVar('T')


def size_of(limit: int) -> int:
    """Say how many items a page has, for the limit that was asked for."""
    return min(limit or DEFAULT_PAGE, MAX_PAGE)


def page(
    items: Iterable[T], key: Callable[[T], str], *, limit: int, token: str
) -> tuple[list[T], str]:
    """Cut one page out of items; the token is the key of the last item of the page before."""
    ordered = sorted(items, key=key)
    rest = [item for item in ordered if key(item) > token] if token else ordered
    size = size_of(limit)
    cut = rest[:size]
    return cut, key(cut[-1]) if len(rest) > size else ''


class Views:
    """Answer questions from memory; only what is over is read from the store."""

    def __init__(self, manager: Manager) -> None:
        """Look at a manager's fleet."""
        self._manager = manager
        self._fleet = manager.fleet

    def find(self, name_or_id: str) -> Deployment:
        """Find a deployment by name or id; ids find stopped ones too.

        Raises:
            Refusal: there is none.
        """
        found = self._fleet.find(name_or_id) or self._manager.store.deployment(name_or_id)
        if found is None:
            near = suggestion(name_or_id, self._fleet.by_name)
            hint = f'; {near}' if near else ''
            raise Refusal(ResultCode.NOT_FOUND, f"there is no deployment '{name_or_id}'{hint}")
        return found

    def deployment(self, deployment: Deployment) -> msg.Deployment:
        """Show a deployment."""
        # What is stopped may outlive its package.
        package = brought.package_of(deployment) or self._fleet.packages.get(
            deployment.spec.package
        )
        parts = package.components if package is not None else ()
        return deployment_message(
            deployment,
            runtimes={part.name: runtime_word(part) for part in parts},
            dependencies=[self._dependency(each) for each in deployment.dependencies],
            dependants=sorted(each.name for each in self._fleet.dependants(deployment.id)),
            age_of=self._age_of,
        )

    def _dependency(self, dependency: Dependency) -> msg.DependencyState:
        view = self._manager.begin().surroundings.dependency(dependency.id)
        return msg.DependencyState(
            deployment_id=dependency.id,
            name=dependency.name,
            kind=str(dependency.kind),
            condition=str(dependency.condition),
            met=view is not None and view.meets(dependency.condition),
            phase=PHASES[view.phase] if view else msg.Deployment.PHASE_DEPLOYMENT_STOPPED,
            status=STATUSES[view.status] if view else msg.Deployment.STATUS_STOPPED,
        )

    def _age_of(self, device: DeviceName) -> float:
        presence = self._fleet.presences.get(device)
        if presence is None or presence.reported_at is None:
            return 0.0
        return self._manager.clock.monotonic() - presence.reported_at

    def package(self, package: Package, *, whole: bool = False) -> msg.Package:
        """Show a package version; whole: with its manifest."""
        names = sorted(
            each.name
            for each in self._fleet.deployments.values()
            if each.spec.package == package.ref
        )
        manifest = to_yaml(package) if whole else ''
        return package_message(package, deployments=names, manifest=manifest)

    def device(self, name: DeviceName, component: Component | None = None) -> msg.Device:
        """Show a device; with a component: whether it may take it, and why not."""
        now = self._manager.clock.monotonic()
        record = self._fleet.devices[name]
        presence = self._fleet.presences[name]
        view = self._fleet.view(name, now=now)
        message: msg.Device = device_message(
            record,
            view,
            presence.report,
            epoch=self._fleet.epoch,
            deployments=sorted(each.name for each in self._fleet.on_device(name)),
            problems=self._problems(name, now),
            reason=why_offline(self._fleet, name, now).removeprefix(': ')
            if view.liveness is not Liveness.ONLINE
            else '',
            policy=policy_text(record.facts.policy) if record.facts.policy else '',
        )
        if component is not None:
            reasons = [reason for _, reason in placement.why_not(component, view)]
            asked = ComponentSpec(device=name)
            for executable, refusal in using.forbidden(component, asked, view, {}):
                reasons.append(f"its policy forbids executable '{executable}': {refusal}")
            message.candidate = not reasons
            message.candidate_reasons = reasons
        return message

    def _problems(self, name: DeviceName, now: float) -> list[str]:
        presence = self._fleet.presences[name]
        problems = list(presence.report.notices) if presence.report else []
        other = rival(presence, monotonic=now)
        if other:
            problems.append(
                f'{name} is claimed by two machines: key'
                f' {fingerprint(self._fleet.devices[name].key_id)} is known, key'
                f' {fingerprint(other)} is refused'
            )
        if self._fleet.is_ahead(name):
            problems.append(behind_text(name))
        return problems


def explain(code: str) -> list[msg.ErrorCode]:
    """Look up one error code, or all for empty text.

    Raises:
        Refusal: there is no such code.
    """
    if not code:
        return [error_code_message(entry) for entry in error_codes.CATALOGUE]
    entry = error_codes.explain(code.strip().upper())
    if entry is None:
        known = [each.code for each in error_codes.CATALOGUE]
        near = suggestion(code.strip().upper(), known)
        hint = f'; {near}' if near else ''
        raise Refusal(ResultCode.NOT_FOUND, f"there is no error code '{code}'{hint}")
    return [error_code_message(entry)]
