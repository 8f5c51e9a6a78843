# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A process with many ROS nodes, which makes more publishers when a line on its input says so.

Arguments: number of the process, nodes in it, nodes in all, topics of each node. Each node
publishes its topics, and subscribes to those of the node after it. The first process subscribes to
the changes that the second one makes.
"""

from __future__ import annotations

import sys

import rclpy
from rclpy.node import Node
from std_msgs.msg import String

CHANGES = 60


def main() -> None:
    """Run until the input ends."""
    process, own, everybody, topics = map(int, sys.argv[1:5])
    rclpy.init()
    kept = []
    for number in range(process * own, (process + 1) * own):
        node = Node(f'node{number}', namespace='/crowd')
        after = (number + 1) % everybody
        for topic in range(topics):
            kept.append(node.create_publisher(String, f'/topic{number}/t{topic}', 10))
            kept.append(
                node.create_subscription(String, f'/topic{after}/t{topic}', lambda _: None, 10)
            )
        kept.append(node)
    if process == 0:
        for change in range(CHANGES):
            kept.append(node.create_subscription(String, f'/change{change}', lambda _: None, 10))
    sys.stdout.write('ready\n')
    sys.stdout.flush()
    for line in sys.stdin:
        kept.append(node.create_publisher(String, line.strip(), 10))


if __name__ == '__main__':
    main()
