# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager's services: messages in, use cases, messages out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from rclpy.node import Node

from roost_core.deployment import Deployment
from roost_core.manifest import ManifestFile, to_yaml
from roost_core.names import DeviceName, suggestion
from roost_core.package import Component, Package, PackageRef
from roost_core.problem import ResultCode
from roost_interfaces import msg, srv
from roost_manager import applying, deployments, deprovisioning, recovery
from roost_manager.applying import Action
from roost_manager.manager import Manager
from roost_manager.refusal import Refusal, refusal_of, selector_of
from roost_manager.ros_api.requests import Requests
from roost_manager.ros_api.views import explain, page, size_of, Views
from roost_manager.work import UnitOfWork
from roost_wire.convert.basic import refused
from roost_wire.convert.deployment import spec_of
from roost_wire.convert.fleet import event_message
from roost_wire.convert.states import LIVENESS_OF, PHASE_OF, STATUS_OF

_ACTIONS = {
    Action.CREATE: msg.ResourceChange.ACTION_CREATE,
    Action.UNCHANGED: msg.ResourceChange.ACTION_UNCHANGED,
    Action.REFUSE: msg.ResourceChange.ACTION_REFUSE,
}


class RosApi:
    """Offer the services below the node's name."""

    def __init__(self, node: Node, manager: Manager, requests: Requests, views: Views) -> None:
        """Create the services."""
        self._manager = manager
        self._fleet = manager.fleet
        self._requests = requests
        self._views = views
        asking: dict[str, tuple[Any, Callable[[Any, Any], None]]] = {
            'list_deployments': (srv.ListDeployments, self._list_deployments),
            'get_deployment': (srv.GetDeployment, self._get_deployment),
            'list_packages': (srv.ListPackages, self._list_packages),
            'get_package': (srv.GetPackage, self._get_package),
            'list_devices': (srv.ListDevices, self._list_devices),
            'get_device': (srv.GetDevice, self._get_device),
            'list_events': (srv.ListEvents, self._list_events),
            'explain': (srv.Explain, self._explain),
        }
        for name, (kind, handler) in asking.items():
            node.create_service(kind, f'~/{name}', _bind(requests.answer, handler))
        node.create_service(srv.Apply, '~/apply', self._apply)
        node.create_service(srv.CreateDeployment, '~/create_deployment', self.create)
        node.create_service(srv.Deprovision, '~/deprovision', self.deprovision)
        node.create_service(srv.Recover, '~/recover', _bind(requests.recover, self._recover))

    def create(self, request: Any, response: Any) -> Any:
        """Answer `create_deployment`."""
        return self._requests.change(self._create_deployment, request, response)

    def deprovision(self, request: Any, response: Any) -> Any:
        """Answer `deprovision`."""
        return self._requests.change(self._deprovision, request, response)

    def _apply(self, request: srv.Apply.Request, response: srv.Apply.Response) -> Any:
        if request.dry_run:
            return self._requests.answer(self._plan, request, response)
        return self._requests.change(self._stage_apply, request, response)

    def _plan(self, request: srv.Apply.Request, response: srv.Apply.Response) -> None:
        self._stage_apply(self._manager.begin(), request, response)

    def _stage_apply(
        self, work: UnitOfWork, request: srv.Apply.Request, response: srv.Apply.Response
    ) -> None:
        files = [ManifestFile(name=each.name, text=each.text) for each in request.files]
        plan = applying.apply(work, self._fleet, files, by=request.requested_by)
        response.changes = [
            msg.ResourceChange(
                kind=change.kind,
                name=change.name,
                version=change.version,
                action=_ACTIONS[change.action],
                deployment_id=change.deployment_id,
                detail=change.detail,
            )
            for change in plan.changes
        ]
        if plan.problems:
            why = refusal_of(plan.problems)
            response.result = refused(why.code, why.message, why.problems)

    def _create_deployment(
        self,
        work: UnitOfWork,
        request: srv.CreateDeployment.Request,
        response: srv.CreateDeployment.Response,
    ) -> None:
        spec, problems = spec_of(request.spec)
        if spec is None:
            raise refusal_of(problems)
        response.deployment_id = deployments.create(
            work, self._fleet, spec, wait=request.wait, by=request.requested_by
        )
        response.generation = 1

    def _deprovision(
        self,
        work: UnitOfWork,
        request: srv.Deprovision.Request,
        response: srv.Deprovision.Response,
    ) -> None:
        chosen = deprovisioning.deprovision(
            work,
            self._fleet,
            request.deployments,
            selector=request.selector,
            force=request.force,
            expected_generation=request.expected_generation,
        )
        response.deployment_ids = [deployment.id for deployment in chosen]

    def _recover(
        self, work: UnitOfWork, request: srv.Recover.Request, response: srv.Recover.Response
    ) -> None:
        del request
        response.epoch = recovery.recover(work, self._fleet)

    def _list_deployments(
        self, request: srv.ListDeployments.Request, response: srv.ListDeployments.Response
    ) -> None:
        selector = selector_of(request.selector)
        phases = {PHASE_OF.get(number) for number in request.phases}
        statuses = {STATUS_OF.get(number) for number in request.statuses}

        def matches(each: Deployment) -> bool:
            return (
                selector.matches(each.spec.labels)
                and request.package_name in ('', each.spec.package.name)
                and (not request.device or request.device in each.spec.devices)
                and (not phases or each.phase in phases)
                and (not statuses or each.status in statuses)
            )

        matching = [each for each in self._fleet.deployments.values() if matches(each)]
        if request.include_stopped:
            name, _, id = request.continue_token.partition(' ')
            stopped = self._manager.store.stopped_deployments(after=(name, id))
            matching.extend(islice(filter(matches, stopped), size_of(request.limit) + 1))
        cut, response.continue_token = page(
            matching,
            lambda each: f'{each.name} {each.id}',
            limit=request.limit,
            token=request.continue_token,
        )
        response.deployments = [self._views.deployment(each) for each in cut]

    def _get_deployment(
        self, request: srv.GetDeployment.Request, response: srv.GetDeployment.Response
    ) -> None:
        found = self._views.find(request.deployment)
        response.deployment = self._views.deployment(found)
        response.manifest = to_yaml(found.spec)

    def _list_packages(
        self, request: srv.ListPackages.Request, response: srv.ListPackages.Response
    ) -> None:
        selector = selector_of(request.selector)
        matching = [
            package
            for package in self._fleet.packages.values()
            if request.name in ('', package.name) and selector.matches(package.labels)
        ]
        cut, response.continue_token = page(
            matching,
            lambda package: f'{package.name} {package.version}',
            limit=request.limit,
            token=request.continue_token,
        )
        response.packages = [self._views.package(package) for package in cut]

    def _get_package(
        self, request: srv.GetPackage.Request, response: srv.GetPackage.Response
    ) -> None:
        package = self._package(request.name, request.version)
        response.package = self._views.package(package, whole=True)

    def _package(self, name: str, version: str) -> Package:
        versions = self._fleet.versions.get(name)
        if not versions:
            near = suggestion(name, self._fleet.versions)
            hint = f'; {near}' if near else ''
            raise Refusal(ResultCode.NOT_FOUND, f"there is no package '{name}'{hint}")
        ref = PackageRef(name=name, version=version or versions[-1])
        if ref not in self._fleet.packages:
            raise Refusal(
                ResultCode.NOT_FOUND,
                f"package '{name}' has no version '{version}'; it has {', '.join(versions)}",
            )
        return self._fleet.packages[ref]

    def _list_devices(
        self, request: srv.ListDevices.Request, response: srv.ListDevices.Response
    ) -> None:
        selector = selector_of(request.selector)
        livenesses = {LIVENESS_OF.get(number) for number in request.livenesses}
        component = self._component(request) if request.package_name else None
        matching = [
            name
            for name, record in self._fleet.devices.items()
            if (not livenesses or self._fleet.presences[name].liveness in livenesses)
            and request.architecture in ('', str(record.facts.architecture))
            and (not request.runtime or request.runtime in record.facts.runtimes)
            and selector.matches(record.facts.labels)
        ]
        cut, response.continue_token = page(
            matching, str, limit=request.limit, token=request.continue_token
        )
        response.devices = [self._views.device(name, component) for name in cut]

    def _component(self, request: srv.ListDevices.Request) -> Component:
        package = self._package(request.package_name, request.package_version)
        component = package.component(request.component)
        if component is None and not request.component and len(package.components) == 1:
            component = package.components[0]
        if component is None:
            names = ', '.join(part.name for part in package.components)
            raise Refusal(
                ResultCode.NOT_FOUND,
                f"package {package.ref} has no component '{request.component}'; it has {names}",
            )
        return component

    def _get_device(
        self, request: srv.GetDevice.Request, response: srv.GetDevice.Response
    ) -> None:
        if request.name not in self._fleet.devices:
            near = suggestion(request.name, self._fleet.devices)
            hint = f'; {near}' if near else ''
            raise Refusal(ResultCode.NOT_FOUND, f"there is no device '{request.name}'{hint}")
        response.device = self._views.device(DeviceName(request.name))

    def _list_events(
        self, request: srv.ListEvents.Request, response: srv.ListEvents.Response
    ) -> None:
        id = self._views.find(request.deployment).id if request.deployment else ''
        response.events = [
            event_message(event)
            for event in self._manager.store.events(
                deployment_id=id,
                since=request.since,
                limit=size_of(request.limit),
                latest=request.latest,
            )
        ]
        response.last_number = self._fleet.last_event_number

    def _explain(self, request: srv.Explain.Request, response: srv.Explain.Response) -> None:
        response.codes = explain(request.code)


def _bind(carry_out: Callable[[Any, Any, Any], Any], use_case: Any) -> Callable[[Any, Any], Any]:
    return lambda request, response: carry_out(use_case, request, response)
