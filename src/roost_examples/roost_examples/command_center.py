# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A command center: it watches the world and sends the turtle around."""

from __future__ import annotations

import itertools
import time

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
# A turtle that was killed never answers, and discovery may take its successor for it.
PATIENCE_SEC = 3.0
ROUND = (Point(x=2.0), Point(x=2.0, y=2.0), Point(y=2.0), Point())


class CommandCenter(Node):
    """Send goal after goal; after each round, teleport the turtle back to its start."""

    def __init__(self) -> None:
        super().__init__('command_center')
        self._targets = itertools.cycle(ROUND)
        self._pending: Future | None = None
        self._heard_at = 0.0
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
        now = time.monotonic()
        waiting = self._pending is not None and now - self._heard_at < PATIENCE_SEC
        if waiting or not self._goto.server_is_ready():
            return
        self._heard_at = now
        target = next(self._targets)
        if target == ROUND[0] and self._teleport.service_is_ready():
            self._teleport.call_async(TeleportTurtle.Request(name=NAME))
        self._pending = self._goto.send_goal_async(Goto.Goal(target=target), self._on_feedback)
        self._pending.add_done_callback(self._on_answer)

    def _on_feedback(self, _: Goto.Impl.FeedbackMessage) -> None:
        self._heard_at = time.monotonic()

    def _on_answer(self, answer: Future) -> None:
        if answer is not self._pending:
            return
        handle = answer.result()
        if not handle.accepted:
            self._pending = None
            return
        self._pending = handle.get_result_async()
        self._pending.add_done_callback(self._on_end)

    def _on_end(self, end: Future) -> None:
        if end is not self._pending:
            return
        self._pending = None
        outcome = end.result()
        if outcome.status == GoalStatus.STATUS_SUCCEEDED:
            place = outcome.result.reached
            self.get_logger().info(f'the turtle reached ({place.x:.1f}, {place.y:.1f})')


def main() -> None:
    """Run the node."""
    run(CommandCenter)


if __name__ == '__main__':
    main()
