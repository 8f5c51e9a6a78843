# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A turtle: it goes where it is told to."""

from __future__ import annotations

import math

from geometry_msgs.msg import Point, PoseStamped, Twist
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from roost_example_interfaces.action import Goto
from roost_example_interfaces.srv import RegisterTurtle
from roost_examples.spinning import run

NAME = 'turtle_0'
SPEED = 1.0
NEAR = 0.2


class Turtle(Node):
    """Register with the simulator, then serve goals, one at a time: the newest counts."""

    def __init__(self) -> None:
        super().__init__('turtle', namespace=NAME)
        self._place: Point | None = None
        self._moved: list[Future] = []
        self._goal: ServerGoalHandle | None = None
        self._velocity = self.create_publisher(Twist, f'/{NAME}/velocity', 10)
        self.create_subscription(PoseStamped, '/sim/pose', self._on_pose, 10)
        self._registration = self.create_client(RegisterTurtle, '/register_sim_turtle')
        # Again and again: a simulator that was started anew knows nobody.
        self.create_timer(1.0, self._register)
        ActionServer(
            self,
            Goto,
            f'/{NAME}/goto_action',
            self._goto,
            callback_group=ReentrantCallbackGroup(),
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    def _register(self) -> None:
        if self._registration.service_is_ready():
            self._registration.call_async(RegisterTurtle.Request(name=NAME))

    def _on_pose(self, pose: PoseStamped) -> None:
        if pose.header.frame_id != NAME:
            return
        self._place = pose.pose.position
        moved, self._moved = self._moved, []
        for future in moved:
            future.set_result(None)

    async def _next_pose(self) -> None:
        future: Future = Future(executor=self.executor)
        self._moved.append(future)
        await future

    async def _goto(self, goal: ServerGoalHandle) -> Goto.Result:
        self._goal = goal
        target = goal.request.target
        self.get_logger().info(f'going to ({target.x:.1f}, {target.y:.1f})')
        while True:
            await self._next_pose()
            place = self._place or Point()
            distance = math.hypot(target.x - place.x, target.y - place.y)
            superseded = self._goal is not goal
            if distance < NEAR or superseded or goal.is_cancel_requested:
                break
            speed = Twist()
            speed.linear.x = SPEED * (target.x - place.x) / max(distance, SPEED)
            speed.linear.y = SPEED * (target.y - place.y) / max(distance, SPEED)
            self._velocity.publish(speed)
            goal.publish_feedback(Goto.Feedback(distance=distance))
        if superseded:
            goal.abort()
        elif goal.is_cancel_requested:
            goal.canceled()
        else:
            goal.succeed()
        return Goto.Result(reached=place)


def main() -> None:
    """Run the node."""
    run(Turtle)


if __name__ == '__main__':
    main()
