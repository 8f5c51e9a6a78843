# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A ROS program for tests: the nodes that its argument describes, in one process.

The argument is JSON: a list of nodes, each with a name and lists of what it has: 'pub', 'sub',
'serve', 'call', 'act' (action servers), 'ask' (action clients).
"""

import contextlib
import json
import sys

import rclpy
from rclpy.action import ActionClient, ActionServer
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger

from roost_interfaces.action import DeployAndWait


def add(node, description):
    """Give a node what its description says, and return it."""

    def ignore(*_):
        return None

    return [
        *(node.create_publisher(String, name, 10) for name in description.get('pub', ())),
        *(
            node.create_subscription(String, name, ignore, 10)
            for name in description.get('sub', ())
        ),
        *(node.create_service(Trigger, name, ignore) for name in description.get('serve', ())),
        *(node.create_client(Trigger, name) for name in description.get('call', ())),
        *(ActionServer(node, DeployAndWait, name, ignore) for name in description.get('act', ())),
        *(ActionClient(node, DeployAndWait, name) for name in description.get('ask', ())),
    ]


def main():
    """Run until asked to end."""
    rclpy.init()
    executor = SingleThreadedExecutor()
    entities = []
    for description in json.loads(sys.argv[1]):
        namespace, _, name = description['name'].rpartition('/')
        node = Node(name, namespace=namespace)
        entities.append(add(node, description))
        executor.add_node(node)
    sys.stdout.write('ready\n')
    sys.stdout.flush()
    with contextlib.suppress(ExternalShutdownException, KeyboardInterrupt):
        executor.spin()


if __name__ == '__main__':
    main()
