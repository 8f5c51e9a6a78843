# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The services that answer questions about packages, deployments, devices and events."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from roost_core.deployment import Deployment
from roost_core.manifest import to_yaml
from roost_core.names import DeviceName, suggestion
from roost_core.package import Component, Package, PackageRef
from roost_core.problem import ResultCode
from roost_core.resource import ResourceKind
from roost_interfaces import srv
from roost_manager.manager import Manager
from roost_manager.refusal import Refusal, selector_of
from roost_manager.ros_api.requests import Question, Service
from roost_manager.ros_api.views import explain, page, size_of, Views
from roost_wire.convert.deployed import environment_messages
from roost_wire.convert.fleet import event_message
from roost_wire.convert.states import LIVENESS_OF, PHASE_OF, STATUS_OF


class Queries:
    """Answer from memory, and from the store what is over."""

    def __init__(self, manager: Manager, views: Views) -> None:
        """Look at a manager's fleet."""
        self._manager = manager
        self._fleet = manager.fleet
        self._views = views

    def services(self) -> Mapping[str, Service[Question]]:
        """List the services by name."""
        return {
            'list_deployments': (srv.ListDeployments, self._list_deployments),
            'get_deployment': (srv.GetDeployment, self._get_deployment),
            'list_packages': (srv.ListPackages, self._list_packages),
            'get_package': (srv.GetPackage, self._get_package),
            'list_devices': (srv.ListDevices, self._list_devices),
            'get_device': (srv.GetDevice, self._get_device),
            'list_events': (srv.ListEvents, self._list_events),
            'explain': (srv.Explain, self._explain),
        }

    def _list_deployments(
        self, request: srv.ListDeployments.Request, response: srv.ListDeployments.Response
    ) -> None:
        selector = selector_of(request.selector)
        phases = {PHASE_OF.get(number) for number in request.phases}
        statuses = {STATUS_OF.get(number) for number in request.statuses}

        def matches(each: Deployment) -> bool:
            return (
                each.kind is ResourceKind.DEPLOYMENT
                and selector.matches(each.spec.labels)
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
        response.environment = list(environment_messages(found))

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
