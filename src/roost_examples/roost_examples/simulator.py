# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A world in which turtles move: it knows where they are, and tells."""

from __future__ import annotations

import random

from geometry_msgs.msg import Point, PoseStamped, Twist
from rclpy.node import Node
from std_msgs.msg import Float32

from roost_example_interfaces.srv import RegisterTurtle, TeleportTurtle
from roost_examples.spinning import run

PERIOD_SEC = 0.1


class Simulator(Node):
    """Move each turtle as it commands, publish poses and a sensor reading."""

    def __init__(self) -> None:
        super().__init__('simulator')
        self._places: dict[str, Point] = {}
        self._speeds: dict[str, Twist] = {}
        self._poses = self.create_publisher(PoseStamped, '/sim/pose', 10)
        self._sensors = self.create_publisher(Float32, '/sim/sensors', 10)
        self.create_service(RegisterTurtle, '/register_sim_turtle', self._register)
        self.create_service(TeleportTurtle, '/teleport_turtle', self._teleport)
        self.create_timer(PERIOD_SEC, self._step)

    def _register(
        self, request: RegisterTurtle.Request, response: RegisterTurtle.Response
    ) -> RegisterTurtle.Response:
        name = request.name
        if not name.isidentifier():
            self.get_logger().warning(f'{name!r:.80} cannot be the name of a turtle')
            return response
        if name not in self._places:
            self.get_logger().info(f"turtle '{name}' enters the world")
            self._places[name] = Point()
            self.create_subscription(
                Twist, f'/{name}/velocity', lambda speed: self._speeds.update({name: speed}), 10
            )
        response.place = self._places[name]
        return response

    def _teleport(
        self, request: TeleportTurtle.Request, response: TeleportTurtle.Response
    ) -> TeleportTurtle.Response:
        response.known = request.name in self._places
        if response.known:
            self._places[request.name] = request.place
        return response

    def _step(self) -> None:
        now = self.get_clock().now().to_msg()
        for name, place in self._places.items():
            # A command moves for one step: a turtle that falls silent stands still.
            speed = self._speeds.pop(name, Twist()).linear
            place.x += speed.x * PERIOD_SEC
            place.y += speed.y * PERIOD_SEC
            pose = PoseStamped()
            pose.header.stamp, pose.header.frame_id = now, name
            pose.pose.position = place
            self._poses.publish(pose)
        self._sensors.publish(Float32(data=20.0 + random.random()))


def main() -> None:
    """Run the node."""
    run(Simulator)


if __name__ == '__main__':
    main()
