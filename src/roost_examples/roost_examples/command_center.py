# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A command center: it watches the world and sends the turtle around."""

from __future__ import annotations

import itertools

from action_msgs.msg import GoalStatus
from geometry_msgs.msg import Point, PoseStamped
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import Float32

from roost_example_interfaces.action import Goto
from roost_example_interfaces.srv import TeleportTurtle
from roost_examples.spinning import run

NAME = 'turtle_0'
ROUND = (Point(x=2.0), Point(x=2.0, y=2.0), Point(y=2.0), Point())


class CommandCenter(Node):
    """Send goal after goal; after each round, teleport the turtle back to its start."""

    def __init__(self) -> None:
        super().__init__('command_center')
        self._targets = itertools.cycle(ROUND)
        self._busy = False
        self._poses = 0
        self._temperature = 0.0
        self.create_subscription(PoseStamped, '/sim/pose', self._on_pose, 10)
        self.create_subscription(Float32, '/sim/sensors', self._on_sensor, 10)
        self._teleport = self.create_client(TeleportTurtle, '/teleport_turtle')
        self._goto = ActionClient(self, Goto, f'/{NAME}/goto_action')
        self.create_timer(0.5, self._command)
        self.create_timer(5.0, self._tell)

    def _on_pose(self, _: PoseStamped) -> None:
        self._poses += 1

    def _on_sensor(self, reading: Float32) -> None:
        self._temperature = reading.data

    def _tell(self) -> None:
        self.get_logger().info(f'{self._poses} poses so far, {self._temperature:.1f} degrees')

    def _command(self) -> None:
        # No server: whoever had the goal is gone, and will not answer it.
        ready = self._goto.server_is_ready()
        if not ready:
            self._busy = False
        if not ready or self._busy:
            return
        self._busy = True
        target = next(self._targets)
        if target == ROUND[0] and self._teleport.service_is_ready():
            self._teleport.call_async(TeleportTurtle.Request(name=NAME))
        self._goto.send_goal_async(Goto.Goal(target=target)).add_done_callback(self._on_answer)

    def _on_answer(self, answer: Future) -> None:
        handle = answer.result()
        if handle.accepted:
            handle.get_result_async().add_done_callback(self._on_end)
        else:
            self._busy = False

    def _on_end(self, end: Future) -> None:
        self._busy = False
        outcome = end.result()
        if outcome.status == GoalStatus.STATUS_SUCCEEDED:
            place = outcome.result.reached
            self.get_logger().info(f'the turtle reached ({place.x:.1f}, {place.y:.1f})')


def main() -> None:
    """Run the node."""
    run(CommandCenter)


if __name__ == '__main__':
    main()
