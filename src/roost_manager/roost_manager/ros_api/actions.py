# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager's actions: ask for something and follow it to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from roost_core.deployment import Deployment, Outcome
from roost_core.phase import Phase
from roost_core.problem import ResultCode
from roost_core.status import Status
from roost_interfaces import msg, srv
from roost_interfaces.action import DeployAndWait, DeprovisionAndWait, UpdateAndWait
from roost_manager.manager import Manager
from roost_manager.ros_api.requests import Ask
from roost_manager.ros_api.views import Views
from roost_wire.convert.basic import accepted, refused

LOOK_PERIOD_SEC = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """The services that the actions ask."""

    create: Ask
    deprovision: Ask
    update: Ask
    cancel_update: Ask


class Actions:
    """Offer the actions below the node's name. The asking is that of the services."""

    def __init__(
        self,
        node: Node,
        manager: Manager,
        views: Views,
        asks: Asks,
    ) -> None:
        """Create the action servers; call `changed` after each change of a deployment."""
        self._node = node
        self._manager = manager
        self._views = views
        self._asks = asks
        self._waiting: list[Future] = []
        self._timer = node.create_timer(LOOK_PERIOD_SEC, self.changed, autostart=False)
        for name, kind, execute in (
            ('deploy_and_wait', DeployAndWait, self._deploy),
            ('update_and_wait', UpdateAndWait, self._update),
            ('deprovision_and_wait', DeprovisionAndWait, self._remove),
        ):
            ActionServer(
                node,
                kind,
                f'~/{name}',
                execute,
                callback_group=ReentrantCallbackGroup(),
                goal_callback=lambda _: GoalResponse.ACCEPT,
                cancel_callback=lambda _: CancelResponse.ACCEPT,
            )

    def changed(self) -> None:
        """Wake all who wait; they look for themselves."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            future.set_result(None)
        if not waiting:
            self._timer.cancel()

    async def _change(self) -> None:
        future: Future = Future(executor=self._node.executor)
        self._waiting.append(future)
        if self._timer.is_canceled():
            self._timer.reset()
        await future

    async def _deploy(self, goal: ServerGoalHandle) -> DeployAndWait.Result:
        asked = goal.request
        response = self._asks.create(
            srv.CreateDeployment.Request(
                spec=asked.spec,
                wait=asked.wait,
                request_id=asked.request_id,
                requested_by=asked.requested_by,
            ),
            srv.CreateDeployment.Response(),
        )
        if not response.result.ok:
            goal.abort()
            return DeployAndWait.Result(result=response.result)
        deadline = self._deadline(asked.timeout_sec)

        def judge(deployment: Deployment) -> msg.Result | None:
            if goal.is_cancel_requested:
                return self._cancel(asked, deployment)
            result = _deploy_outcome(deployment)
            if result is None and self._manager.clock.monotonic() > deadline:
                return _timeout(asked.timeout_sec, f'{deployment.phase}, {deployment.status}')
            return result

        result, found = await self._follow(
            goal, response.deployment_id, DeployAndWait.Feedback, judge
        )
        return DeployAndWait.Result(result=result, deployment=found)

    async def _follow(
        self,
        goal: ServerGoalHandle,
        id: str,
        feedback: type[Any],
        judge: Callable[[Deployment], msg.Result | None],
    ) -> tuple[msg.Result, msg.Deployment]:
        """Tell each change of a deployment until it is judged to be over, and end the goal."""
        told = None
        while True:
            deployment = self._views.find(id)
            if told is None or told != deployment:
                told = deployment
                goal.publish_feedback(
                    feedback(
                        deployment=self._views.deployment(deployment),
                        progress=_slowest_pull(deployment),
                    )
                )
            result = judge(deployment)
            if result is not None:
                _end(goal, result)
                return result, self._views.deployment(deployment)
            await self._change()

    def _cancel(self, asked: DeployAndWait.Goal, deployment: Deployment) -> msg.Result:
        if asked.on_cancel != DeployAndWait.Goal.ON_CANCEL_ROLLBACK:
            return refused(ResultCode.CANCELLED, 'no longer watched; the deployment goes on')
        response = self._asks.deprovision(
            srv.Deprovision.Request(deployments=[deployment.id], requested_by=asked.requested_by),
            srv.Deprovision.Response(),
        )
        if not response.result.ok:
            return response.result
        return refused(ResultCode.CANCELLED, 'rolled back: the deployment is being deprovisioned')

    async def _update(self, goal: ServerGoalHandle) -> UpdateAndWait.Result:
        asked = goal.request
        response = self._asks.update(
            srv.Update.Request(
                deployment=asked.deployment,
                components=asked.components,
                package_version=asked.package_version,
                images=asked.images,
                on_failure=asked.on_failure,
                timeout_sec=asked.timeout_sec,
                expected_generation=asked.expected_generation,
                request_id=asked.request_id,
                requested_by=asked.requested_by,
            ),
            srv.Update.Response(),
        )
        if not response.result.ok:
            goal.abort()
            return UpdateAndWait.Result(result=response.result)

        def judge(deployment: Deployment) -> msg.Result | None:
            result = _update_outcome(deployment, response.generation)
            if result is None and goal.is_cancel_requested:
                return self._cancel_update(asked, response)
            return result

        result, found = await self._follow(
            goal, response.deployment_id, UpdateAndWait.Feedback, judge
        )
        return UpdateAndWait.Result(result=result, deployment=found)

    def _cancel_update(self, asked: UpdateAndWait.Goal, begun: srv.Update.Response) -> msg.Result:
        if asked.on_cancel != UpdateAndWait.Goal.ON_CANCEL_ROLLBACK:
            return refused(ResultCode.CANCELLED, 'no longer watched; the update goes on')
        response = self._asks.cancel_update(
            srv.CancelUpdate.Request(
                deployment=begun.deployment_id,
                expected_generation=begun.generation,
                requested_by=asked.requested_by,
            ),
            srv.CancelUpdate.Response(),
        )
        if not response.result.ok:
            return response.result
        return refused(ResultCode.CANCELLED, 'the update was given up')

    async def _remove(self, goal: ServerGoalHandle) -> DeprovisionAndWait.Result:
        asked = goal.request
        response = self._asks.deprovision(
            srv.Deprovision.Request(
                deployments=asked.deployments,
                selector=asked.selector,
                force=asked.force,
                expected_generation=asked.expected_generation,
                request_id=asked.request_id,
                requested_by=asked.requested_by,
            ),
            srv.Deprovision.Response(),
        )
        if not response.result.ok:
            goal.abort()
            return DeprovisionAndWait.Result(result=response.result)
        deadline = self._deadline(asked.timeout_sec)
        told: tuple[tuple[str, ...], str] | None = None
        while True:
            found = [self._views.find(id) for id in response.deployment_ids]
            left = [each for each in found if not each.stopped]
            reason = '; '.join(_why_left(left))
            state = (tuple(each.name for each in left), reason)
            if state != told:
                told = state
                goal.publish_feedback(
                    DeprovisionAndWait.Feedback(remaining=list(state[0]), reason=reason)
                )
            result = accepted() if not left else None
            if goal.is_cancel_requested:
                result = refused(ResultCode.CANCELLED, 'no longer watched; the removal goes on')
            elif result is None and self._manager.clock.monotonic() > deadline:
                result = _timeout(asked.timeout_sec, reason)
            if result is not None:
                _end(goal, result)
                return DeprovisionAndWait.Result(
                    result=result, deployments=[self._views.deployment(each) for each in found]
                )
            await self._change()

    def _deadline(self, timeout_sec: float) -> float:
        if not timeout_sec > 0.0:
            return float('inf')
        return self._manager.clock.monotonic() + timeout_sec


def _slowest_pull(deployment: Deployment) -> float:
    pulls = [
        state.reason.progress
        for state in deployment.executables
        if state.reason.progress is not None
    ]
    return min(pulls, default=-1.0)


def _update_outcome(deployment: Deployment, generation: int) -> msg.Result | None:
    record = next((each for each in deployment.history if each.generation == generation), None)
    if record is None or record.finished_at is None:
        return None
    if record.outcome is Outcome.SUCCEEDED:
        return accepted()
    return refused(record.code or ResultCode.FAILED, f'{deployment.phase}: {record.reason}')


def _deploy_outcome(deployment: Deployment) -> msg.Result | None:
    if deployment.phase is Phase.SUCCEEDED and deployment.status is Status.RUNNING:
        return accepted()
    if deployment.phase is Phase.SUCCEEDED and deployment.status is Status.STOPPED:
        return accepted('all its executables completed')
    over = (Phase.FAILED_TO_START, Phase.DEPLOYMENT_STOPPED, Phase.PARTIALLY_DEPROVISIONED)
    if deployment.phase in over or deployment.deprovisioning:
        code = deployment.codes[0] if deployment.codes else ResultCode.FAILED
        return refused(code, f'{deployment.phase}: {deployment.reason.shown()}')
    return None


def _why_left(deployments: list[Deployment]) -> Iterator[str]:
    for deployment in deployments:
        yield f'{deployment.name}: {deployment.reason.shown()}'


def _timeout(timeout_sec: float, state: str) -> msg.Result:
    return refused(
        ResultCode.TIMEOUT, f'not there after {timeout_sec:g} s, and the work goes on: {state}'
    )


def _end(goal: ServerGoalHandle, result: msg.Result) -> None:
    if result.ok:
        goal.succeed()
    elif goal.is_cancel_requested:
        goal.canceled()
    else:
        goal.abort()
