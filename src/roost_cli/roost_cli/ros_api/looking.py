# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""What is: everything that can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from roost_cli.model import (
    Config,
    Deployment,
    Details,
    Device,
    Event,
    Generation,
    Network,
    Package,
    Picture,
    Secret,
    Variable,
    Volume,
)
from roost_cli.reading import read, read_all
from roost_cli.ros_api.asking import accepted, Asking, PAGE
from roost_core.graph.needs import Answer
from roost_core.liveness import Liveness
from roost_interfaces import srv
from roost_wire import endpoints
from roost_wire.convert.graph import graph_of
from roost_wire.convert.needs import answer_of
from roost_wire.convert.states import LIVENESSES


class Looking(Asking):
    """Look at the fleet; nothing here changes anything."""

    def deployments(
        self, *, selector: str = '', package: str = '', device: str = '', stopped: bool = False
    ) -> tuple[Deployment, ...]:
        """List deployments, by name."""
        request = srv.ListDeployments.Request(
            selector=selector, package_name=package, device=device, include_stopped=stopped
        )
        pages = self.pages(srv.ListDeployments, 'list_deployments', request)
        return tuple(read(Deployment, each) for page in pages for each in page.deployments)

    def deployment(self, name: str) -> Details:
        """Show a deployment, by name or id; ids find stopped ones too."""
        request = srv.GetDeployment.Request(deployment=name)
        answer = self.ask(srv.GetDeployment, 'get_deployment', request)
        return Details(
            deployment=read(Deployment, answer.deployment),
            manifest=answer.manifest,
            environment=read_all(Variable, answer.environment),
        )

    def history(self, name: str) -> tuple[Generation, ...]:
        """List the generations of a deployment, by name or id, oldest first."""
        request = srv.GetHistory.Request(deployment=name)
        return read_all(Generation, self.ask(srv.GetHistory, 'get_history', request).generations)

    def packages(self, *, name: str = '', selector: str = '') -> tuple[Package, ...]:
        """List package versions, by name and version."""
        request = srv.ListPackages.Request(name=name, selector=selector)
        pages = self.pages(srv.ListPackages, 'list_packages', request)
        return tuple(read(Package, each) for page in pages for each in page.packages)

    def package(self, name: str, version: str = '') -> Package:
        """Show a package version with its manifest; the newest one by default."""
        request = srv.GetPackage.Request(name=name, version=version)
        return read(Package, self.ask(srv.GetPackage, 'get_package', request).package)

    def devices(
        self,
        *,
        selector: str = '',
        livenesses: Sequence[Liveness] = (),
        architecture: str = '',
        runtime: str = '',
        candidates_for: tuple[str, str, str] = ('', '', ''),
    ) -> tuple[Device, ...]:
        """List devices, by name; for a package, version and component: which may take it."""
        package, version, component = candidates_for
        request = srv.ListDevices.Request(
            selector=selector,
            livenesses=[LIVENESSES[each] for each in livenesses],
            architecture=architecture,
            runtime=runtime,
            package_name=package,
            package_version=version,
            component=component,
        )
        pages = self.pages(srv.ListDevices, 'list_devices', request)
        return tuple(read(Device, each) for page in pages for each in page.devices)

    def device(self, name: str) -> Device:
        """Show a device."""
        request = srv.GetDevice.Request(name=name)
        return read(Device, self.ask(srv.GetDevice, 'get_device', request).device)

    def networks(self, *, name: str = '', selector: str = '') -> tuple[Network, ...]:
        """List networks, by name, the built-in one too."""
        request = srv.ListNetworks.Request(name=name, selector=selector)
        return read_all(Network, self.ask(srv.ListNetworks, 'list_networks', request).networks)

    def volumes(
        self, *, name: str = '', device: str = '', selector: str = ''
    ) -> tuple[Volume, ...]:
        """List volumes, by name."""
        request = srv.ListVolumes.Request(name=name, device=device, selector=selector)
        return read_all(Volume, self.ask(srv.ListVolumes, 'list_volumes', request).volumes)

    def secrets(self, *, name: str = '', selector: str = '') -> tuple[Secret, ...]:
        """List secrets, by name, without their values."""
        request = srv.ListSecrets.Request(name=name, selector=selector)
        return read_all(Secret, self.ask(srv.ListSecrets, 'list_secrets', request).secrets)

    def configs(self, *, name: str = '', selector: str = '') -> tuple[Config, ...]:
        """List configs, by name."""
        request = srv.ListConfigs.Request(name=name, selector=selector)
        return read_all(Config, self.ask(srv.ListConfigs, 'list_configs', request).configs)

    def events(
        self, *, deployment: str = '', since: int = 0, limit: int = PAGE, latest: bool = False
    ) -> tuple[tuple[Event, ...], int]:
        """List kept events, oldest first, and give the number of the newest that exists."""
        request = srv.ListEvents.Request(
            deployment=deployment, since=since, limit=limit, latest=latest
        )
        answer = self.ask(srv.ListEvents, 'list_events', request)
        return read_all(Event, answer.events), answer.last_number

    def graph(self, **options: Any) -> Picture:
        """Ask introspection for the graph; the options are the fields of GetGraph.srv."""
        name = endpoints.of_introspection('get_graph')
        answer = accepted(self.call(srv.GetGraph, name, srv.GetGraph.Request(**options)))
        return Picture(graph=graph_of(answer.graph), content=bytes(answer.content))

    def who_needs(self, what: str, *, network: str = '', depth: int = 0) -> Answer:
        """Ask introspection who would suffer if something stopped."""
        request = srv.WhoNeeds.Request(what=what, network=network, depth=depth)
        name = endpoints.of_introspection('who_needs')
        return answer_of(accepted(self.call(srv.WhoNeeds, name, request)))
