# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS across machines: data flows, not only discovery, and stops where a link is cut."""

import pytest
from std_msgs.msg import String
from std_srvs.srv import Trigger

from testbed.ros_client import ros_environment, RosClient
from testbed.wait import eventually

DOMAIN = 42
TALKER = """
import rclpy, time
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node('talker')
publisher = node.create_publisher(String, 'chatter', 10)
node.create_timer(0.05, lambda: publisher.publish(String(data='hello from a container')))
rclpy.spin(node)
"""
LISTENER = """
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node('listener')
node.create_subscription(String, 'chatter', lambda message: print('heard', message.data), 10)
rclpy.spin(node)
"""


@pytest.fixture
def clients(site):
    with (
        RosClient(site.machine('rover1'), DOMAIN, site.directory('rover1')) as one,
        RosClient(site.machine('rover2'), DOMAIN, site.directory('rover2')) as two,
    ):
        yield one, two


def serve(node):
    node.create_service(Trigger, 'trigger', lambda _, response: response)


def test_data_crosses_between_machines_and_not_a_cut_link(site, clients):
    one, two = clients
    heard = two.listen(String, 'chatter')
    one.publish('chatter', String(data='before'))
    eventually(lambda: [m.data for m in heard] == ['before'])
    two.run(serve)
    # Who answers may not have found the one who asks: such an answer is lost.
    assert isinstance(one.call(Trigger, 'trigger', every_sec=2.0), Trigger.Response)

    site.machines['rover2'].cut_link()
    one.publish('chatter', String(data='after'))
    with pytest.raises(AssertionError, match='the answer of trigger: not within'):
        one.call(Trigger, 'trigger', timeout_sec=0.3)
    assert [m.data for m in heard] == ['before']

    site.machines['rover2'].heal_link()
    eventually(lambda: [m.data for m in heard] == ['before', 'after'])


def test_containers_with_host_network_and_ipc_exchange_data(make_site, ros_image):
    site = make_site([ros_image])
    rover1, rover2 = site.devices(['rover1', 'rover2'])
    options = {
        'network_mode': 'host',
        'ipc_mode': 'host',
        'environment': ros_environment(DOMAIN),
    }
    rover1.engine.run(ros_image, 'python3', '-c', TALKER, **options)
    here = rover1.engine.run(ros_image, 'python3', '-c', LISTENER, **options)
    there = rover2.engine.run(ros_image, 'python3', '-c', LISTENER, **options)
    rover1.engine.wait_output(here, 'heard hello from a container')
    rover2.engine.wait_output(there, 'heard hello from a container')
