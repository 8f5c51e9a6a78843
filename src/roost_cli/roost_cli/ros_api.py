# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The deployment manager and introspection, as a client meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
import getpass
import os
import queue
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self
import uuid

from rclpy.action import ActionClient
from rclpy.client import Client

from roost_cli.exits import Refused, TookTooLong, Unreachable
from roost_cli.model import Change, Deployment, Device, Event, Package, Picture
from roost_cli.reach import no_answer, nobody_answers
from roost_cli.reading import read, read_all
from roost_core.deployment import DeploymentSpec
from roost_interfaces import action, msg, srv
from roost_wire import endpoints, qos
from roost_wire.calls import await_future, await_server, call, CallTimeout
from roost_wire.convert.basic import problem_of
from roost_wire.convert.deployment import spec_message
from roost_wire.convert.graph import graph_of
from roost_wire.session import Session

PAGE = 500
RESYNC_SEC = 1.0
ANSWER_SEC = 10.0

_ACTIONS = {
    msg.ResourceChange.ACTION_CREATE: 'create',
    msg.ResourceChange.ACTION_UNCHANGED: 'unchanged',
    msg.ResourceChange.ACTION_UPDATE: 'update',
    msg.ResourceChange.ACTION_REFUSE: 'refuse',
}


class Manager:
    """Ask the deployment manager; every call ends within timeout_sec.

    Raises of all calls:
        Unreachable: nobody offers the service.
        TookTooLong: somebody does, and did not answer.
        Refused: the answer is no; it holds every reason.
    """

    def __init__(self, *, timeout_sec: float = ANSWER_SEC, domain_id: int | None = None) -> None:
        """Join the ROS domain; None takes ROS_DOMAIN_ID."""
        self._timeout_sec = timeout_sec
        self._domain_id = domain_id
        self._session = Session(
            f'cli_{os.getpid()}', namespace=endpoints.NAMESPACE, domain_id=domain_id
        )
        self._clients: dict[str, Client] = {}
        self._asker = {'requested_by': f'{getpass.getuser()}@{socket.gethostname()}'}

    def __enter__(self) -> Self:
        self._session.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    # What is

    def deployments(
        self, *, selector: str = '', package: str = '', device: str = '', stopped: bool = False
    ) -> tuple[Deployment, ...]:
        """List deployments, by name."""
        request = srv.ListDeployments.Request(
            selector=selector, package_name=package, device=device, include_stopped=stopped
        )
        pages = self._pages(srv.ListDeployments, 'list_deployments', request)
        return tuple(read(Deployment, each) for page in pages for each in page.deployments)

    def deployment(self, name: str) -> tuple[Deployment, str]:
        """Show a deployment, by name or id, and what was asked for as YAML."""
        request = srv.GetDeployment.Request(deployment=name)
        answer = self._ask(srv.GetDeployment, 'get_deployment', request)
        return read(Deployment, answer.deployment), answer.manifest

    def packages(self, *, name: str = '', selector: str = '') -> tuple[Package, ...]:
        """List package versions, by name and version."""
        request = srv.ListPackages.Request(name=name, selector=selector)
        pages = self._pages(srv.ListPackages, 'list_packages', request)
        return tuple(read(Package, each) for page in pages for each in page.packages)

    def package(self, name: str, version: str = '') -> Package:
        """Show a package version with its manifest; the newest one by default."""
        request = srv.GetPackage.Request(name=name, version=version)
        return read(Package, self._ask(srv.GetPackage, 'get_package', request).package)

    def devices(
        self, *, selector: str = '', candidates_for: tuple[str, str, str] = ('', '', '')
    ) -> tuple[Device, ...]:
        """List devices, by name; for a package, version and component: which may take it."""
        package, version, component = candidates_for
        request = srv.ListDevices.Request(
            selector=selector, package_name=package, package_version=version, component=component
        )
        pages = self._pages(srv.ListDevices, 'list_devices', request)
        return tuple(read(Device, each) for page in pages for each in page.devices)

    def device(self, name: str) -> Device:
        """Show a device."""
        request = srv.GetDevice.Request(name=name)
        return read(Device, self._ask(srv.GetDevice, 'get_device', request).device)

    def events(
        self, *, deployment: str = '', since: int = 0, limit: int = PAGE, latest: bool = False
    ) -> tuple[tuple[Event, ...], int]:
        """List kept events, oldest first, and give the number of the newest that exists."""
        request = srv.ListEvents.Request(
            deployment=deployment, since=since, limit=limit, latest=latest
        )
        answer = self._ask(srv.ListEvents, 'list_events', request)
        return read_all(Event, answer.events), answer.last_number

    def graph(self, **options: Any) -> Picture:
        """Ask introspection for the graph; the options are the fields of GetGraph.srv."""
        name = endpoints.of_introspection('get_graph')
        answer = self._call(srv.GetGraph, name, srv.GetGraph.Request(**options))
        return Picture(graph=graph_of(answer.graph), content=bytes(answer.content))

    # What shall be

    def apply(
        self, files: Sequence[tuple[str, str]], *, dry_run: bool = False
    ) -> tuple[Change, ...]:
        """Apply manifests, given as names and texts: all of them or none."""
        request = srv.Apply.Request(
            files=[msg.ManifestFile(name=name, text=text) for name, text in files],
            dry_run=dry_run,
            **self._signed(),
        )
        answer = self._ask(srv.Apply, 'apply', request)
        return tuple(
            Change(
                kind=each.kind,
                name=each.name,
                version=each.version,
                action=_ACTIONS.get(each.action, 'unknown'),
                deployment_id=each.deployment_id,
                detail=each.detail,
            )
            for each in answer.changes
        )

    def deploy(self, spec: DeploymentSpec, *, wait: bool = True) -> str:
        """Ask for one deployment and give its id; wait accepts what is not running yet."""
        request = srv.CreateDeployment.Request(
            spec=spec_message(spec), wait=wait, **self._signed()
        )
        return str(self._ask(srv.CreateDeployment, 'create_deployment', request).deployment_id)

    def deploy_and_wait(
        self,
        spec: DeploymentSpec,
        *,
        timeout_sec: float,
        rollback: bool,
        on_change: Callable[[Deployment], None],
        give_up: Callable[[Deployment], bool],
    ) -> Deployment:
        """Ask for one deployment and follow it until it runs, or there is no use in waiting.

        Args:
            timeout_sec: seconds for all of it; 0 for no limit.
            rollback: an interrupted wait deprovisions what was asked for.
            give_up: tells that waiting longer is no use; the deployment is left as it is.
        """
        goal = action.DeployAndWait.Goal(
            spec=spec_message(spec),
            wait=True,
            on_cancel=action.DeployAndWait.Goal.ON_CANCEL_ROLLBACK
            if rollback
            else action.DeployAndWait.Goal.ON_CANCEL_LEAVE,
            timeout_sec=timeout_sec,
            **self._signed(),
        )
        given_up: queue.SimpleQueue[Deployment] = queue.SimpleQueue()

        def changed(feedback: Any) -> bool:
            now = read(Deployment, feedback.deployment)
            on_change(now)
            if give_up(now):
                given_up.put(now)
                return False
            return True

        result = self._act(action.DeployAndWait, 'deploy_and_wait', goal, timeout_sec, changed)
        return given_up.get() if result is None else read(Deployment, result.deployment)

    def deprovision(
        self, names: Sequence[str] = (), *, selector: str = '', force: bool = False
    ) -> tuple[str, ...]:
        """Ask to stop and remove deployments; gives their ids, in order."""
        request = srv.Deprovision.Request(
            deployments=list(names), selector=selector, force=force, **self._signed()
        )
        return tuple(self._ask(srv.Deprovision, 'deprovision', request).deployment_ids)

    def deprovision_and_wait(
        self,
        names: Sequence[str] = (),
        *,
        selector: str = '',
        force: bool = False,
        timeout_sec: float,
        on_change: Callable[[Sequence[str], str], None],
    ) -> tuple[Deployment, ...]:
        """Ask to stop and remove deployments and follow them until all are stopped.

        Args:
            timeout_sec: seconds for all of it; 0 for no limit.
            on_change: told the names of those that remain, and what is waited for.
        """
        goal = action.DeprovisionAndWait.Goal(
            deployments=list(names),
            selector=selector,
            force=force,
            timeout_sec=timeout_sec,
            **self._signed(),
        )

        def changed(feedback: Any) -> bool:
            on_change(feedback.remaining, feedback.reason)
            return True

        result = self._act(
            action.DeprovisionAndWait, 'deprovision_and_wait', goal, timeout_sec, changed
        )
        return read_all(Deployment, result.deployments)

    def recover(self) -> int:
        """Have the manager take over its fleet after a restored backup; gives the new epoch."""
        request = srv.Recover.Request(**self._signed())
        return int(self._ask(srv.Recover, 'recover', request).epoch)

    # What happens

    def listen(self, on_event: Callable[[Event], None]) -> None:
        """Be told events as they happen, on the spinning thread."""
        self._session.node.create_subscription(
            msg.DeploymentEvent,
            endpoints.of_manager('events'),
            lambda event: on_event(read(Event, event)),
            qos.EVENTS,
        )

    def follow(self, ids: Sequence[str], timeout_sec: float) -> Iterator[tuple[Deployment, ...]]:
        """Yield these deployments at each change, and at least once a second, without end.

        Args:
            timeout_sec: seconds until it ends by itself; 0 for never.
        """
        changed = threading.Event()
        self.listen(lambda _: changed.set())
        self._session.node.create_subscription(
            msg.DeploymentProgress,
            endpoints.of_manager('progress'),
            lambda _: changed.set(),
            qos.PROGRESS,
        )
        deadline = time.monotonic() + timeout_sec if timeout_sec else float('inf')
        while True:
            changed.clear()
            listed = {each.id: each for each in self.deployments()}
            yield tuple(listed.get(each) or self.deployment(each)[0] for each in ids)
            left = deadline - time.monotonic()
            if left <= 0:
                return
            changed.wait(min(left, RESYNC_SEC))

    # How it is asked

    def _signed(self) -> dict[str, str]:
        return {**self._asker, 'request_id': uuid.uuid4().hex}

    def _ask(self, kind: Any, name: str, request: Any) -> Any:
        return self._call(kind, endpoints.of_manager(name), request)

    def _call(self, kind: Any, name: str, request: Any) -> Any:
        if name not in self._clients:
            self._clients[name] = self._session.node.create_client(kind, name)
        client = self._clients[name]
        self._reach(client, name)
        try:
            answer = call(client, request, timeout_sec=self._timeout_sec)
        except CallTimeout as error:
            raise TookTooLong(no_answer(name, self._timeout_sec)) from error
        return _checked(answer)

    def _pages(self, kind: Any, name: str, request: Any) -> Iterator[Any]:
        request.limit = PAGE
        while True:
            page = self._ask(kind, name, request)
            yield page
            if not page.continue_token:
                return
            request.continue_token = page.continue_token

    def _reach(self, client: Client | ActionClient, name: str) -> None:
        try:
            await_server(client, self._timeout_sec)
        except CallTimeout as error:
            raise Unreachable(nobody_answers(name, self._timeout_sec, self._domain_id)) from error

    def _act(
        self,
        kind: Any,
        name: str,
        goal: Any,
        timeout_sec: float,
        on_feedback: Callable[[Any], bool],
    ) -> Any:
        """Run an action to its end; None when on_feedback wants no more of it."""
        name = endpoints.of_manager(name)
        client = ActionClient(self._session.node, kind, name)
        self._reach(client, name)
        enough = threading.Event()
        over = threading.Event()

        def hear(message: Any) -> None:
            if not enough.is_set() and not on_feedback(message.feedback):
                enough.set()
                over.set()

        try:
            send = partial(client.send_goal_async, goal, feedback_callback=hear)
            sent = self._session.do(send)
            handle = await_future(sent, self._timeout_sec, no_answer(name, self._timeout_sec))
            if not handle.accepted:
                raise Refused('REFUSED', f"the manager does not accept goals of '{name}' now")
            ended = self._session.do(handle.get_result_async)
            ended.add_done_callback(lambda _: over.set())
            try:
                # The manager ends the wait itself; a little longer, so that its answer arrives.
                over.wait(timeout_sec + self._timeout_sec if timeout_sec else None)
            except KeyboardInterrupt:
                cancelling = self._session.do(handle.cancel_goal_async)
                await_future(cancelling, self._timeout_sec, 'not cancelled')
                raise
            if enough.is_set():
                return None
            if not ended.done():
                raise TookTooLong(no_answer(name, timeout_sec + self._timeout_sec))
            return _checked(ended.result().result)
        except CallTimeout as error:
            raise TookTooLong(str(error)) from error
        finally:
            client.destroy()


def _checked(answer: Any) -> Any:
    """Give the answer back if it is a yes."""
    result = answer.result
    if not result.ok:
        problems = tuple(problem_of(problem) for problem in result.problems)
        raise Refused(result.code, result.message, problems)
    return answer
