# SPDX-FileCopyrightText: 2026 Roost contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager as a real process, and plain rclpy to drive it and to stand in for its devices."""

import functools
import os
import signal
import subprocess
import sys
import threading
import time
import uuid

from manager_rig import Device
import rclpy
from rclpy.action import ActionClient
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from roost_core.report import InstanceReport, RemovalReport
from roost_core.status import Status
from roost_interfaces import msg, srv
from roost_wire import qos
from roost_wire.envelope import open_desired, seal_report
from roost_wire.signing import SigningKey
from testbed.spinning import end_spinning, on_spin_thread
from testbed.wait import eventually

RUN = 'from roost_manager.main import main; main()'
DEADLINE_SEC = 30.0
QUICK = {
    'second_manager_probe_sec': 0.2,
    'heartbeat_period_sec': 0.5,
    'missed_heartbeats': 12,  # 6 s, for nobody is heard before discovery, which takes 3 s at times
    'update_proving_sec': 0.3,
}


class ManagerProcess:
    """One deployment manager on a state folder; its output is in a file."""

    def __init__(self, folder, domain_id, *, name='manager', **parameters):
        self.state_dir = folder / name
        self.log_path = folder / f'{name}.log'
        self._domain_id = domain_id
        self._parameters = {**QUICK, 'state_dir': str(self.state_dir), **parameters}
        self.child = None

    def start(self, *, serving=True):
        arguments = [f'{name}:={value}' for name, value in self._parameters.items()]
        flags = [part for each in arguments for part in ('-p', each)]
        self._log_start = len(self.log)
        with self.log_path.open('ab') as output:
            self.child = subprocess.Popen(
                [sys.executable, '-c', RUN, '--ros-args', *flags],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    'ROS_DOMAIN_ID': str(self._domain_id),
                    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
                    'PYTHONPATH': os.pathsep.join(sys.path),
                },
            )
        if serving:
            self.wait_log('serving')
        return self

    @property
    def log(self):
        return self.log_path.read_text(errors='replace') if self.log_path.exists() else ''

    def wait_log(self, text):
        def said():
            ended = self.child.poll() is not None
            if text in self.log[self._log_start :]:
                return True
            if ended:
                raise RuntimeError(f'ended with {self.child.returncode}:\n{self.log}')
            return False

        eventually(said, DEADLINE_SEC, f'{text!r} in the log')

    def kill9(self):
        self.child.kill()
        self.child.wait(DEADLINE_SEC)

    def end(self, number=signal.SIGTERM):
        """Send a signal; give the exit code, and how long it took."""
        began = time.monotonic()
        self.child.send_signal(number)
        return self.child.wait(DEADLINE_SEC), time.monotonic() - began

    def close(self):
        if self.child is not None and self.child.poll() is None:
            self.kill9()


class Client:
    """A ROS node that asks, listens and publishes; it spins in a thread of its own."""

    def __init__(self, domain_id, name='client'):
        self.context = Context()
        rclpy.init(
            context=self.context,
            domain_id=domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = Node(name, context=self.context, namespace='/test')
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self._clients = {}
        self._thread = threading.Thread(target=self.executor.spin, daemon=True)
        self._thread.start()

    def call(self, name, request=None, *, every_sec=1.0, timeout_sec=DEADLINE_SEC, **values):
        """Ask a service of the manager again and again until it answers, the same each time."""
        kind = getattr(srv, name.title().replace('_', ''))
        if request is None:
            request = kind.Request(**values)
            if getattr(request, 'request_id', None) == '':
                request.request_id = uuid.uuid4().hex
        if name not in self._clients:
            path = f'/roost/deployment_manager/{name}'
            self._clients[name] = self.node.create_client(kind, path)
        client = self._clients[name]
        deadline = time.monotonic() + timeout_sec
        answered = threading.Event()
        answers = []

        def take(future):
            answers.append(future.result())
            answered.set()

        while time.monotonic() < deadline:
            if client.service_is_ready():
                future = client.call_async(request)
                future.add_done_callback(take)
            if answered.wait(every_sec if client.service_is_ready() else 0.02):
                return answers[0]
        raise AssertionError(f'{name}: no answer within {timeout_sec:g} s')

    def publisher(self, kind, topic, profile):
        publisher = self.node.create_publisher(kind, topic, profile)
        eventually(publisher.get_subscription_count, DEADLINE_SEC, f'a listener of {topic}')
        return publisher

    def listen(self, kind, topic, profile=qos.EVENTS):
        received = []
        self.node.create_subscription(kind, topic, received.append, profile)
        eventually(lambda: self.node.count_publishers(topic), DEADLINE_SEC, topic)
        return received

    def goal(self, kind, name, goal):
        """Send a goal and return its handle and the feedback to come."""
        client = ActionClient(self.node, kind, f'/roost/deployment_manager/{name}')
        eventually(client.server_is_ready, DEADLINE_SEC, name)
        feedback = []
        return self.send(client, goal, lambda each: feedback.append(each.feedback)), feedback

    def send(self, client, goal, hear=None):
        """Send a goal and return its handle."""
        send = functools.partial(client.send_goal_async, goal, feedback_callback=hear)
        return self.result(send)

    def result(self, ask, timeout_sec=DEADLINE_SEC):
        """Ask, and wait for the future that this gives."""
        future = on_spin_thread(self.executor, ask)
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        assert done.wait(timeout_sec), 'the future is not done'
        return future.result()

    def close(self):
        end_spinning(self.executor)
        self._thread.join(5.0)
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)


class Robot:
    """A device that obeys: what it is asked to keep runs, what it is asked to remove is gone."""

    def __init__(self, client, folder, name='rover1', *, obeys=True):
        self.key = SigningKey.load_or_create(folder / f'{name}.key')
        self.device = Device(name)
        self.obeys = obeys
        self.states = []
        self._executor = client.executor
        self._reports = client.node.create_publisher(
            msg.Envelope, '/roost/device_reports', qos.REPORT_WRITER
        )
        self._beats = client.node.create_publisher(
            msg.Heartbeat, '/roost/device_heartbeats', qos.HEARTBEAT
        )
        client.node.create_subscription(
            msg.Envelope, f'/roost/devices/{name}/desired_state', self._hear, qos.LATCHED
        )
        client.node.create_subscription(
            msg.ReportRequest, '/roost/report_requests', self._tell_again, qos.REQUESTS
        )
        client.node.create_timer(0.25, self.beat)
        self.tell()

    def beat(self):
        self._beats.publish(
            msg.Heartbeat(
                device=self.device.name,
                key_id=self.key.key_id,
                incarnation=self.device.incarnation,
                sequence=self.device.sequence,
            )
        )

    def tell(self, **values):
        self._last = seal_report(self.device.report(**values), self.key)
        self._reports.publish(self._last)

    def _tell_again(self, request):
        if request.device == self.device.name:
            self._reports.publish(self._last)

    def _hear(self, envelope):
        state = open_desired(envelope)
        if self.states and state.order <= self.states[-1].order:
            return
        self.states.append(state)
        if self.obeys:
            self.obey()

    def obey_again(self):
        """Obey from now on, what was told before as well; not for the thread that spins."""

        def begin():
            self.obeys = True
            if self.states:
                self.obey()

        on_spin_thread(self._executor, begin)

    def obey(self):
        state = self.states[-1]
        self.device.instances = {
            each.slot: InstanceReport(
                slot=each.slot,
                deployment_name=each.deployment_name,
                generation=each.generation,
                status=Status.RUNNING,
                started=True,
            )
            for each in state.keep
        }
        self.device.removals = {
            each.deployment_id: RemovalReport(deployment_id=each.deployment_id, done=True)
            for each in state.remove
        }
        self.tell(applied=state.order)
