# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""A fleet's processes, with stand-ins for the nodes."""

from dataclasses import dataclass
import sys

from std_srvs.srv import Trigger

from testbed.fleet import Program

STAND_IN = """
import sys, rclpy
from std_srvs.srv import Trigger
rclpy.init(args=sys.argv)
node = rclpy.create_node('stand_in')
name = node.declare_parameter('device_name', 'manager').value
def answer(_, response):
    response.message = name
    return response
node.create_service(Trigger, f'/{name}/who', answer)
rclpy.spin(node)
"""


@dataclass(frozen=True)
class StandIn(Program):
    def argv(self, name, state, more):
        parameters = ['-p', f'device_name:={name}']
        return [sys.executable, '-c', STAND_IN, '--ros-args', *parameters]


def test_nodes_start_die_and_come_back_with_their_device(make_fleet):
    node = StandIn('', '', lambda _name, _state: {})
    fleet = make_fleet(1, manager=node, executor=node, introspection=None)
    assert fleet.client.call(Trigger, '/manager/who', every_sec=0.2).message == 'manager'
    assert fleet.client.call(Trigger, '/rover1/who', every_sec=0.2).message == 'rover1'
    executor = fleet.executors['rover1']
    executor.kill9()
    executor.start()
    assert fleet.client.call(Trigger, '/rover1/who', every_sec=0.2).message == 'rover1'
    fleet.devices['rover1'].reboot()
    assert executor.running
    assert fleet.client.call(Trigger, '/rover1/who', every_sec=0.2).message == 'rover1'
